// The one way to the server: api.<route>({ id, query, body }).
//
// Routes and their types come from the declaration (shared/api_types.ts). A failure is
// always an ApiError: what the server said, or status 0 when there was no answer. Every
// POST carries an Idempotency-Key; a caller that repeats the same deed passes the same
// key again and nothing happens twice.
import { routes, type Error as ErrorBody, type Routes } from '../api_types';

export const BASE = '/api/v1';

export class ApiError extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		readonly field: string | null = null,
		readonly key = '',
		readonly retryAfter: number | null = null,
	) {
		super(message);
	}
	/** No answer from the server: nothing is known about what happened there. */
	get offline(): boolean {
		return this.status === 0;
	}
}

type PathOf<R> = R extends { path: infer P } ? P : never;
type Args<R extends { path: object; query: object; body: unknown }> = PathOf<R> &
	({} extends R['query'] ? { query?: R['query'] } : { query: R['query'] }) &
	(R['body'] extends undefined ? object : { body: R['body'] }) & { idem?: string; signal?: AbortSignal };
type Call<R extends { path: object; query: object; body: unknown; out: unknown }> = (
	...args: object extends Args<R> ? [Args<R>?] : [Args<R>]
) => Promise<R['out']>;
export type Api = { [K in keyof Routes]: Call<Routes[K]> };

/** A key for Idempotency-Key; works outside secure contexts too. */
export function newKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

export function pathOf(name: keyof Routes, params: Record<string, unknown>, query?: Record<string, unknown>): string {
	const at = routes[name];
	let path = at.slice(at.indexOf(' ') + 1).replace(/\{(\w+)\}/g, (_, p: string) => encodeURIComponent(String(params[p])));
	if (query) {
		const q = new URLSearchParams();
		for (const [k, v] of Object.entries(query)) if (v !== undefined && v !== null) q.set(k, String(v));
		const s = q.toString();
		if (s) path += `?${s}`;
	}
	return BASE + path;
}

let onSignedOut: () => void = () => {};
/** Called when the server no longer knows the session. */
export function whenSignedOut(fn: () => void): void {
	onSignedOut = fn;
}

let halted = new AbortController();
/** Ends what is under way and what is still to come, but for the end of the session itself; nobody hears of it again. */
export function halt(): void {
	halted.abort();
}
export function resume(): void {
	if (halted.signal.aborted) halted = new AbortController();
}
function signalFor(name: keyof Routes, own: AbortSignal | undefined): AbortSignal | null {
	if (name === 'session_delete') return own ?? null;
	return own ? AbortSignal.any([halted.signal, own]) : halted.signal;
}

async function call(name: keyof Routes, args: Record<string, unknown> = {}): Promise<unknown> {
	const method = routes[name].slice(0, routes[name].indexOf(' '));
	const headers: Record<string, string> = { accept: 'application/json' };
	let body: BodyInit | undefined;
	if (method !== 'GET') headers['x-requested-with'] = 'otklik';
	if (method === 'POST') headers['idempotency-key'] = (args.idem as string | undefined) ?? newKey();
	if (args.body instanceof Blob) {
		body = args.body;
		headers['content-type'] = 'application/octet-stream';
	} else if (args.body !== undefined) {
		body = JSON.stringify(args.body);
		headers['content-type'] = 'application/json';
	}
	let res: Response;
	try {
		res = await fetch(pathOf(name, args, args.query as Record<string, unknown> | undefined), {
			method,
			headers,
			body: body ?? null,
			credentials: 'same-origin',
			signal: signalFor(name, args.signal as AbortSignal | undefined),
		});
	} catch (e) {
		if (e instanceof DOMException && e.name === 'AbortError') {
			if (args.signal instanceof AbortSignal && args.signal.aborted) throw e;
			return new Promise(() => {});
		}
		throw new ApiError(0, 'offline', '');
	}
	const isJson = (res.headers.get('content-type') ?? '').includes('json');
	if (!res.ok) {
		let b: Partial<ErrorBody> = {};
		if (isJson) b = (await res.json().catch(() => ({}))) as Partial<ErrorBody>;
		if (res.status === 401 && name !== 'session_create' && name !== 'session_get') onSignedOut();
		throw new ApiError(res.status, b.code ?? String(res.status), b.message ?? '', b.field ?? null, b.key ?? '', b.retry_after ?? null);
	}
	if (res.status === 204) return undefined;
	return isJson ? await res.json() : await res.blob();
}

export const api = Object.fromEntries(
	(Object.keys(routes) as (keyof Routes)[]).map((name) => [name, (args?: Record<string, unknown>) => call(name, args)]),
) as unknown as Api;

