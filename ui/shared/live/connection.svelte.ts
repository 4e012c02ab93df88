// The one live connection of the desk: the event log after a cursor, over a WebSocket or,
// where that does not pass, server-sent events. It resumes after the last event it handled,
// so nothing is missed; what the events are about is fetched again by those who show it.
import { api, BASE } from '../api';
import type { Event } from '../api_types';
import { Backoff, Cursor, parseFrame, parseHello, Transport } from './resume';

/** reset: too much was missed to be told one by one; what is shown is loaded anew. */
type Listener = (events: Event[], reset: boolean) => void;

class Connection {
	state: 'idle' | 'connecting' | 'live' | 'offline' = $state('idle');
	/** When the connection was lost, while it is. */
	lostAt: number | null = $state(null);

	private cursor = new Cursor(0);
	private readonly listeners = new Set<Listener>();
	private readonly backoff = new Backoff();
	private readonly transport = new Transport();
	private close: (() => void) | null = null;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private heardAt = 0;
	private wired = false;

	start(after: number): void {
		this.stop();
		this.cursor = new Cursor(after);
		this.backoff.reset();
		if (!this.wired) {
			this.wired = true;
			addEventListener('online', () => this.retryNow());
			addEventListener('offline', () => this.lost());
			document.addEventListener('visibilitychange', () => {
				if (document.visibilityState === 'visible' && this.state !== 'idle') void this.check();
			});
		}
		this.connect();
	}

	stop(): void {
		clearTimeout(this.timer);
		this.close?.();
		this.close = null;
		this.state = 'idle';
		this.lostAt = null;
	}

	/** Returns the function that stops listening. */
	listen(fn: Listener): () => void {
		this.listeners.add(fn);
		return () => this.listeners.delete(fn);
	}

	retryNow(): void {
		if (this.state === 'idle' || this.state === 'live') return;
		this.backoff.reset();
		this.connect();
	}

	private connect(): void {
		clearTimeout(this.timer);
		this.close?.();
		if (this.state !== 'offline') this.state = 'connecting';
		const url = `${BASE}/events/${this.transport.kind}?after=${this.cursor.last}`;
		if (this.transport.kind === 'socket') this.openSocket(url);
		else this.openStream(url);
	}

	private openSocket(url: string): void {
		const ws = new WebSocket(location.origin.replace(/^http/, 'ws') + url);
		let opened = false;
		this.close = () => {
			ws.onclose = ws.onmessage = ws.onopen = null;
			ws.close();
		};
		ws.onopen = () => {
			opened = true;
			this.transport.opened();
			this.isLive();
		};
		ws.onmessage = (m) => this.receive(String(m.data));
		ws.onclose = () => {
			if (!opened) this.transport.neverOpened();
			this.lost();
			if (!opened) this.ask();
		};
	}

	private openStream(url: string): void {
		const es = new EventSource(url);
		this.close = () => es.close();
		es.onopen = () => this.isLive();
		es.onmessage = (m: MessageEvent<string>) => this.receive(m.data);
		es.onerror = () => {
			es.close(); // the next attempt is ours: it knows the cursor
			this.lost();
			this.ask();
		};
	}

	private isLive(): void {
		this.backoff.reset();
		this.heardAt = Date.now();
		this.state = 'live';
		this.lostAt = null;
	}

	private lost(): void {
		if (this.state === 'idle') return;
		this.close?.();
		this.close = null;
		this.state = 'offline';
		this.lostAt ??= Date.now();
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.connect(), this.backoff.next());
	}

	/** A socket does not say why it was refused; a request does, and a session that has ended is noticed. */
	private ask(): void {
		if (navigator.onLine) void api.event_list({ query: { after: this.cursor.last, limit: 1 } }).catch(() => {});
	}

	private receive(text: string): void {
		this.heardAt = Date.now();
		const hello = parseHello(text);
		if (!hello) this.deliver(parseFrame(text));
		else if (this.cursor.greet(hello)) for (const fn of this.listeners) fn([], true);
	}

	private deliver(batch: Event[]): void {
		const fresh = this.cursor.take(batch);
		if (fresh.length) for (const fn of this.listeners) fn(fresh, false);
	}

	/** A laptop that slept may hold a socket that looks open: ask what was missed. */
	private async check(): Promise<void> {
		if (this.state !== 'live') return this.retryNow();
		if (Date.now() - this.heardAt < 60_000) return;
		try {
			const page = await api.event_list({ query: { after: this.cursor.last, limit: 500 } });
			this.heardAt = Date.now();
			if (page.items.length) {
				this.deliver(page.items);
				this.state = 'connecting';
				this.connect();
			}
		} catch {
			this.lost();
		}
	}
}

export const connection = new Connection();
