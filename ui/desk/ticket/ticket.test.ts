import { describe, expect, it } from 'vitest';
import en from '../../../messages/ui.en.json';
import ru from '../../../messages/ui.ru.json';
import type { Delivery, Event, Message } from '../../shared/api_types';
import { isAddress } from '../../shared/components/addresses';
import { formatEntry, type Entry, type Language } from '../../shared/i18n/format';
import { blockOf, fillIn, placeholders } from './blocking';
import { overall, troubled } from './delivery';
import { sentenceOf, type Names } from './events';
import { languageOf, paragraphs, pieces } from './text';
import { happenings, timeline } from './timeline';

const names = (lang: Language): Names => ({
	account: (id) => ({ 1: 'Анна Крылова', 2: 'Игорь Ланской' })[id],
	category: (id) => ({ 4: 'Задержка' })[id],
	line: (id) => ({ 4: 'Возвраты' })[id],
	word: (key, params = {}) => formatEntry(((lang === 'ru' ? ru : en) as Record<string, Entry>)[key] ?? key, params, lang),
});
const ev = (type: string, data: Record<string, unknown> = {}, actor = 'account:1', id = 1, at = '2026-11-24T10:00:00Z'): Event =>
	({ id, schema: 1, at, type, audience: 'agents', actor, ticket_id: 7, line_id: 1, brand_id: 1, data }) as Event;
const say = (e: Event, lang: Language = 'ru') => sentenceOf(e, 7, names(lang))?.text;

describe('event sentences', () => {
	it('tell of changes', () => {
		expect(say(ev('ticket.changed', { field: 'status', from: 'open', to: 'solved' }))).toBe('Анна Крылова: открыто → решено');
		expect(say(ev('ticket.changed', { field: 'status', from: 'open', to: 'solved' }), 'en')).toBe('Анна Крылова: open → solved');
		expect(say(ev('ticket.changed', { field: 'assignee', from: '0', to: '2' }))).toBe('Анна Крылова: теперь ведёт Игорь Ланской');
		expect(say(ev('ticket.changed', { field: 'assignee', from: 0, to: 1 }))).toBe('Теперь ведёт Анна Крылова');
		expect(say(ev('ticket.changed', { field: 'assignee', from: '2', to: '0' }))).toBe('Анна Крылова: теперь ничьё');
		expect(say(ev('ticket.changed', { field: 'line', from: '1', to: '4' }))).toBe('Анна Крылова: передано в линию «Возвраты»');
		expect(say(ev('ticket.changed', { field: 'priority', to: 4 }), 'en')).toBe('Анна Крылова: priority urgent');
	});
	it('tell of merges from this ticket’s side', () => {
		expect(say(ev('ticket.merged', { from_id: '9', into_id: '7' }), 'en')).toBe('Анна Крылова: #9 was merged into this ticket');
		expect(say(ev('ticket.merged', { from_id: 7, into_id: 9 }), 'en')).toBe('Анна Крылова: merged into #9');
		expect(say(ev('ticket.split', { from_id: '7', into_id: '9' }))).toBe('Анна Крылова: сообщения отделены в №\u00a09');
		expect(say(ev('merge.undone', { kind: 'ticket' }))).toBe('Анна Крылова: объединение отменено');
	});
	it('name nobody when nobody did it', () => {
		expect(say(ev('ticket.changed', { field: 'status', from: 'pending', to: 'open' }, 'system'))).toBe('Ждёт клиента → открыто');
		expect(say(ev('ticket.changed', { field: 'tags' }, 'account:99'))).toBe('коллега: метки изменены');
	});
	it('leave out what the thread shows anyway, and what is unknown', () => {
		for (const type of ['message.added', 'message.delivery', 'ticket.created', 'ticket.moved_away', 'something.new']) expect(say(ev(type))).toBeUndefined();
		expect(say(ev('ticket.changed', { field: 'something' }))).toBeUndefined();
	});
});

describe('timeline', () => {
	const msg = (id: number, min: number, account: number | null = null) => ({ id, created_at: `2026-11-24T10:${String(min).padStart(2, '0')}:00Z`, account_id: account }) as Message;
	const evs = happenings([ev('ticket.changed', { field: 'tags' }, 'account:1', 1, '2026-11-24T10:05:30Z'), ev('message.added', {}, 'account:1', 2, '2026-11-24T10:06:00Z')], (e) => sentenceOf(e, 7, names('ru')));
	const keys = (readTo: number, me = 1, complete = true) => timeline([msg(1, 5), msg(2, 6, 1), msg(3, 7)], evs, readTo, me, complete).map((i) => i.key);

	it('puts events between messages and a line before what is new', () => {
		expect(keys(2)).toEqual(['m1', 'e1', 'm2', 'new', 'm3']);
	});
	it('draws no line before one’s own words, nor when all is new or nothing', () => {
		expect(keys(1)).toEqual(['m1', 'e1', 'm2', 'new', 'm3']);
		expect(keys(0)).toEqual(['m1', 'e1', 'm2', 'm3']);
		expect(keys(3)).toEqual(['m1', 'e1', 'm2', 'm3']);
	});
	it('keeps events of messages that are not loaded for later', () => {
		const early = happenings([ev('ticket.changed', { field: 'tags' }, 'account:1', 1, '2026-11-24T09:00:00Z')], (e) => sentenceOf(e, 7, names('ru')));
		expect(timeline([msg(1, 5)], early, 1, 1, false).map((i) => i.key)).toEqual(['m1']);
		expect(timeline([msg(1, 5)], early, 1, 1, true).map((i) => i.key)).toEqual(['e1', 'm1']);
	});
});

describe('blocking', () => {
	it('finds placeholders', () => {
		expect(placeholders('Hi {{name}}, by %%date%% {{}} and 100%').map((p) => p.text)).toEqual(['{{name}}', '%%date%%', '{{}}']);
		expect(placeholders('5 % и 10 %% скидки {одна}')).toEqual([]);
		expect(placeholders('a {{b}}')[0]).toMatchObject({ start: 2, end: 7 });
	});
	it('fills in what the page knows and leaves the rest', () => {
		const known = { 'contact.name': 'Anna Lee', 'ticket.id': '7', 'brand.name': '' };
		expect(fillIn('Dear {{contact.name}}, {{ ticket.id }}, {{order}}', 21, known)).toEqual({ text: 'Dear Anna Lee, 7, {{order}}', caret: 13 });
		expect(fillIn('{{brand.name|our shop}} {{brand.name}} %%ticket.id%%', 0, known).text).toBe('our shop {{brand.name}} %%ticket.id%%');
		expect(fillIn('a {{contact.name}} b', 5, known).caret).toBe(10);
		expect(fillIn('{{toString}} {{constructor}}', 3, known)).toEqual({ text: '{{toString}} {{constructor}}', caret: 3 });
	});
	const ok = { text: 'Hello', uploads: [], recipients: null };
	it('says the first thing to mend', () => {
		expect(blockOf(ok, isAddress)).toBeNull();
		expect(blockOf({ ...ok, text: '  ' }, isAddress)).toBe('empty');
		expect(blockOf({ ...ok, text: '{{x}}' }, isAddress)).toBe('placeholder');
		expect(blockOf({ ...ok, recipients: [] }, isAddress)).toBe('no_recipient');
		expect(blockOf({ ...ok, recipients: ['a@b.example', 'c'] }, isAddress)).toBe('bad_address');
		expect(blockOf({ ...ok, uploads: [{ state: 'going' }] }, isAddress)).toBe('uploading');
		expect(blockOf({ ...ok, uploads: [{ state: 'going' }, { state: 'failed' }] }, isAddress)).toBe('upload_failed');
		expect(blockOf({ ...ok, needsSubject: true, subject: ' ' }, isAddress)).toBe('no_subject');
	});
});

describe('text', () => {
	it('tells links apart, without the full stop after them', () => {
		expect(pieces('See https://x.example/a?b=1. And (http://y.example).')).toEqual([
			{ kind: 'text', text: 'See ' },
			{ kind: 'link', text: 'https://x.example/a?b=1', href: 'https://x.example/a?b=1' },
			{ kind: 'text', text: '. And (' },
			{ kind: 'link', text: 'http://y.example', href: 'http://y.example' },
			{ kind: 'text', text: ').' },
		]);
		expect(pieces('javascript:alert(1) ftp://x')).toEqual([{ kind: 'text', text: 'javascript:alert(1) ftp://x' }]);
	});
	it('has paragraphs', () => {
		expect(paragraphs('a\r\nb\n\n\n c\n')).toEqual(['a\nb', ' c']);
	});
	it('knows the language by its letters', () => {
		expect(languageOf('Где заказ 48-2071 от Shop?')).toBe('ru');
		expect(languageOf('Where is it')).toBe('en');
	});
});

describe('delivery', () => {
	const d = (...states: Delivery['state'][]) => states.map((state) => ({ state }) as Delivery);
	it('is as good as its worst recipient', () => {
		expect(overall(d('delivered', 'queued'))).toBe('queued');
		expect(overall(d('sent', 'bounced'))).toBe('bounced');
		expect(overall([])).toBeNull();
		expect(troubled(d('sent', 'bounced', 'failed'))).toHaveLength(2);
	});
});
