// The language of queries as far as the page helps with it: which fields stand in a query, and what
// may be written where the caret is. The server reads it (src/text/query.h). Pure.
import { fold } from './marks';

type Lang = 'en' | 'ru';
export type Field = 'status' | 'line' | 'category' | 'priority' | 'from' | 'created' | 'has' | 'is' | 'tag' | 'assignee' | 'lang' | 'channel' | 'subject' | 'updated' | 'brand' | 'file';

const NAMES: Record<Field, [string, ...string[]]> = {
	status: ['status', 'статус'],
	line: ['line', 'линия'],
	category: ['category', 'категория', 'рубрика'],
	priority: ['priority', 'приоритет', 'срочность'],
	from: ['from', 'от'],
	created: ['created', 'создано', 'создан', 'создана'],
	has: ['has', 'есть'],
	is: ['is', 'это'],
	tag: ['tag', 'тег', 'метка'],
	assignee: ['assignee', 'исполнитель', 'ответственный'],
	lang: ['lang', 'язык', 'language'],
	channel: ['channel', 'канал'],
	subject: ['subject', 'тема'],
	updated: ['updated', 'обновлено', 'изменено'],
	brand: ['brand', 'бренд', 'марка'],
	file: ['file', 'файл'],
};
/** In the order in which they are offered. */
export const FIELDS = Object.keys(NAMES) as Field[];
export const fieldName = (f: Field, lang: Lang): string => NAMES[f][lang === 'ru' ? 1 : 0]!;

const VALUES: Partial<Record<Field, [string, string][]>> = {
	status: [
		['unsolved', 'нерешено'],
		['new', 'новое'],
		['open', 'открыто'],
		['pending', 'ожидает'],
		['on_hold', 'отложено'],
		['solved', 'решено'],
		['closed', 'закрыто'],
		['spam', 'спам'],
	],
	has: [
		['photo', 'фото'],
		['file', 'файл'],
	],
	is: [
		['unsolved', 'нерешено'],
		['waiting', 'ждёт'],
		['unread', 'непрочитано'],
		['urgent', 'срочно'],
		['triage', 'разбор'],
		['vip', 'vip'],
		['mine', 'моё'],
		['unassigned', 'ничьё'],
	],
	priority: [
		['urgent', 'срочный'],
		['high', 'высокий'],
		['normal', 'обычный'],
		['low', 'низкий'],
	],
	lang: [
		['ru', 'ru'],
		['en', 'en'],
		['de', 'de'],
		['uk', 'uk'],
		['kk', 'kk'],
	],
	category: [['none', 'нет']],
	assignee: [
		['me', 'я'],
		['none', 'никто'],
	],
	channel: [['mail', 'почта']],
	created: [
		['today', 'сегодня'],
		['yesterday', 'вчера'],
		['7d', '7d'],
		['30d', '30d'],
	],
};

export interface Piece {
	at: number;
	end: number;
	text: string;
	field: Field | null;
	/** Behind the field's name and sign, without quotes. */
	value: string;
	negative: boolean;
}

function fieldOf(name: string): Field | null {
	const n = fold(name);
	return FIELDS.find((f) => NAMES[f].includes(n)) ?? null;
}

/** A query cut at the spaces that are not in quotes. */
export function pieces(q: string): Piece[] {
	const out: Piece[] = [];
	for (const m of q.matchAll(/(?:"[^"]*"?|«[^»]*»?|[^\s"«])+/g)) {
		const text = m[0];
		const f = /^(-?)([\p{L}]+)(?::[<>]?=?|[<>]=?)(.*)$/su.exec(text);
		const field = f ? fieldOf(f[2]!) : null;
		out.push({
			at: m.index,
			end: m.index + text.length,
			text,
			field,
			value: field ? f![3]!.replace(/^["«]|["»]$/g, '') : '',
			negative: text.startsWith('-') && text.length > 1,
		});
	}
	return out;
}

/** The fields of a query, to be shown as chips. */
export const chips = (q: string): Piece[] => pieces(q).filter((p) => p.field && p.value);

/** A query without one of its pieces. */
export const without = (q: string, p: Piece): string => (q.slice(0, p.at).trimEnd() + ' ' + q.slice(p.end).trimStart()).trim();

export interface Offer {
	/** What is written instead of the piece at the caret. */
	text: string;
	/** It is a field's name: its value follows. */
	open: boolean;
}
export interface Known {
	lines: string[];
	categories: string[];
	tags: string[];
	people: string[];
}

const quoted = (v: string): string => (/\s/.test(v) ? `"${v}"` : v);

function values(f: Field, lang: Lang, known: Known): string[] {
	const own = (VALUES[f] ?? []).map((v) => v[lang === 'ru' ? 1 : 0]!);
	if (f === 'line') return known.lines;
	if (f === 'category') return [...known.categories, ...own];
	if (f === 'tag') return known.tags;
	if (f === 'assignee') return [...own, ...known.people];
	return own;
}

/** What may be meant at the caret: names of fields that begin so, or values of the field. */
export function offers(q: string, caret: number, lang: Lang, known: Known): Offer[] {
	const p = pieces(q).find((x) => x.at < caret && caret <= x.end);
	if (!p) return [];
	const sign = p.negative ? '-' : '';
	if (p.field) {
		const head = /^-?[\p{L}]+(?::[<>]?=?|[<>]=?)/u.exec(p.text)![0];
		const begin = fold(p.value);
		const found = values(p.field, lang, known).filter((v) => fold(v).split(/\s+/).some((w) => w.startsWith(begin)) || fold(v).startsWith(begin));
		if (found.length === 1 && fold(found[0]!) === begin) return [];
		return found.slice(0, 8).map((v) => ({ text: head + quoted(v), open: false }));
	}
	const begin = fold(p.text.replace(/^-/, ''));
	if (begin.length < 2) return [];
	const out: Offer[] = [];
	for (const f of FIELDS) {
		const name = NAMES[f].find((n) => n.startsWith(begin));
		if (name) out.push({ text: `${sign}${name}:`, open: true });
	}
	return out.slice(0, 6);
}

/** The query with the offer taken, and where the caret goes. */
export function take(q: string, caret: number, o: Offer): { q: string; caret: number } {
	const p = pieces(q).find((x) => x.at < caret && caret <= x.end);
	const at = p?.at ?? caret;
	const end = p?.end ?? caret;
	const text = o.open ? o.text : o.text + (q[end] === ' ' ? '' : ' ');
	return { q: q.slice(0, at) + text + q.slice(end), caret: at + text.length };
}
