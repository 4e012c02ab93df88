// Erasing, blocking out, legal holds: what the pages of tickets, contacts and settings ask for.
import { api } from '../shared/api';
import type { ErasePreview, Erasure, Hold, Message, RedactField, SensitiveSpan } from '../shared/api_types';

export interface Span {
	field: RedactField;
	start: number;
	length: number;
}

/** A place in a text as the browser counts it (UTF-16), counted in characters. */
export function spanOf(field: RedactField, text: string, from: number, to: number): Span | null {
	const chars = (s: string) => [...s].length;
	const length = chars(text.slice(from, to));
	return length > 0 ? { field, start: chars(text.slice(0, from)), length } : null;
}
/** The characters of a span. */
export function pieceOf(text: string, s: Span): string {
	return [...text].slice(s.start, s.start + s.length).join('');
}

export const erasePreview = (id: number): Promise<ErasePreview> => api.contact_erasure({ id });
export const eraseContact = (id: number, confirm: string): Promise<Erasure> => api.contact_erase({ id, body: { confirm } });
export const holdContact = (id: number, reason: string): Promise<Hold> => api.contact_hold({ id, body: { reason } });
export const holdTicket = (id: number, reason: string): Promise<Hold> => api.ticket_hold({ id, body: { reason } });
export const liftHold = (id: number, note: string): Promise<Hold> => api.hold_lift({ id, body: note ? { note } : {} });
export const sensitive = async (id: number): Promise<SensitiveSpan[]> => (await api.message_sensitive({ id })).items;
export const redact = (id: number, spans: Span[], attachments: number[]): Promise<Message> =>
	api.message_redact({ id, body: { spans, attachment_ids: attachments } });
export const erasures = async (): Promise<Erasure[]> => (await api.erasure_list({ query: {} })).items;
export const holds = async (): Promise<Hold[]> => (await api.hold_list()).items;
