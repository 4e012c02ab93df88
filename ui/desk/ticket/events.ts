// What happened, as a sentence. Pure: names are looked up by the caller, words come from
// the catalogue by key.
import type { Event } from '../../shared/api_types';
import type { Key } from '../../shared/i18n/index.svelte';
import type { Params } from '../../shared/i18n/format';

/** Events name a priority by its number, from 1 on. */
const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;

export interface Names {
	account: (id: number) => string | undefined;
	line: (id: number) => string | undefined;
	category: (id: number) => string | undefined;
	word: (key: Key, params?: Params) => string;
}

export interface Sentence {
	text: string;
	/** For the icon beside it. */
	about: 'status' | 'person' | 'line' | 'mark' | 'merge' | 'side' | 'back';
}

const num = (v: unknown): number => Number(v ?? 0) || 0;

/** "account:7" is a colleague, "contact:3" the customer, anything else nobody in particular. */
export function actorName(actor: string, names: Names): string {
	const [kind, id] = actor.split(':');
	if (kind === 'account') return names.account(num(id)) ?? names.word('ev.who.colleague');
	if (kind === 'contact') return names.word('ev.who.customer');
	return '';
}

/** Null when the thread shows it in another way (messages, deliveries) or it is nobody's concern. */
export function sentenceOf(e: Event, ticketId: number, names: Names): Sentence | null {
	const d = e.data as Record<string, unknown>;
	const who = actorName(e.actor, names);
	const w = names.word;
	const say = (about: Sentence['about'], key: Key, params: Params = {}): Sentence => {
		const text = w(key, params);
		return { about, text: who ? `${who}: ${text}` : text.charAt(0).toLocaleUpperCase() + text.slice(1) };
	};
	const status = (v: unknown) => w(`status.${String(v)}` as Key);
	switch (e.type) {
		case 'ticket.changed':
			switch (d.field) {
				case 'status':
					return say('status', 'ev.status', { from: status(d.from), to: status(d.to) });
				case 'priority':
					return say('mark', 'ev.priority', { to: w(`priority.${PRIORITIES[num(d.to) - 1] ?? String(d.to)}` as Key) });
				case 'assignee': {
					const to = num(d.to);
					if (!to) return say('person', 'ev.nobody');
					const name = names.account(to) ?? w('ev.who.colleague');
					if (e.actor === `account:${to}`) return { about: 'person', text: w('ev.took', { who: name }) };
					return say('person', 'ev.assignee', { to: name });
				}
				case 'line':
					return say('line', 'ev.line', { to: names.line(num(d.to)) ?? `${String(d.to)}` });
				case 'subject':
					return say('mark', 'ev.subject');
				case 'tags':
					return say('mark', 'ev.tags');
				case 'fields':
					return say('mark', 'ev.fields');
				case 'brand':
					return say('line', 'ev.brand');
				default:
					return null;
			}
		case 'ticket.sensed': {
			const name = num(d.category_id) ? names.category(num(d.category_id)) : undefined;
			if (d.triage === true || !name) return null;
			return say('line', num(d.line_id) ? 'ev.sensed.line' : 'ev.sensed', { name, line: names.line(num(d.line_id)) ?? '', n: Math.round(num(d.confidence) / 10_000) });
		}
		case 'ticket.categorized': {
			const name = num(d.to) ? names.category(num(d.to)) : undefined;
			return name ? say('mark', 'ev.category', { name }) : say('mark', 'ev.category.none');
		}
		case 'decision.undone':
			return say('back', 'ev.decision.undone');
		case 'ticket.merged':
			return num(d.into_id) === ticketId
				? say('merge', 'ev.merged.in', { n: String(d.from_id) })
				: say('merge', 'ev.merged.away', { n: String(d.into_id) });
		case 'ticket.split':
			return num(d.from_id) === ticketId
				? say('merge', 'ev.split.away', { n: String(d.into_id) })
				: say('merge', 'ev.split.in', { n: String(d.from_id) });
		case 'merge.undone':
			return say('back', d.kind === 'split' ? 'ev.split.undone' : 'ev.merge.undone');
		case 'thread.created':
			return say('side', 'ev.thread');
		case 'participant.changed':
			return say('person', d.change === 'removed' ? 'ev.copy.removed' : 'ev.copy.added');
		case 'ticket.erased':
			return say('mark', 'ev.erased');
		case 'ticket.files_erased':
			return say('mark', 'ev.files_erased');
		case 'message.redacted':
			return say('mark', 'ev.redacted');
		case 'hold.changed':
			return say('mark', d.change === 'lifted' ? 'ev.hold.lifted' : 'ev.hold.set');
		case 'message.cancelled':
			return say('back', 'ev.cancelled');
		default:
			return null;
	}
}
