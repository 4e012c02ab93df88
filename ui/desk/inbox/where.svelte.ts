// Names, addresses and numbers of the lists.
import { t, type Key } from '../../shared/i18n/index.svelte';
import { directory } from '../directory.svelte';
import { session } from '../session.svelte';
import { counts } from '../shell/counts.svelte';
import type { Where } from './list';

export const views = ['mine', 'unassigned', 'open', 'pending', 'solved', 'spam', 'all'] as const;

/** What an address of the desk means: which list (null: the one there is), which ticket. */
export function parseDeskPath(parts: string[]): { where: Where | null; ticket: number | null } {
	const id = (s: string | undefined) => (s && /^\d{1,15}$/.test(s) ? Number(s) : null);
	if (parts[0] === 'line' && id(parts[1])) return { where: { view: 'open', line: id(parts[1]) }, ticket: id(parts[2]) };
	if (parts[0] === 'tickets') return { where: null, ticket: id(parts[1]) };
	const view = (views as readonly string[]).includes(parts[1] ?? '') ? parts[1]! : 'mine';
	return { where: { view, line: null }, ticket: id(parts[2]) };
}

export const listPath = (w: Where): string => (w.line ? `/line/${w.line}` : `/inbox/${w.view}`);
export const ticketPath = (w: Where, id: number): string => `${listPath(w)}/${id}`;

export function titleOf(w: Where): string {
	if (w.line) {
		const name = directory.line(w.line)?.name ?? session.me?.lines.find((l) => l.id === w.line)?.name;
		return name ?? t('rail.lines');
	}
	return t(`view.${w.view}` as Key);
}

export function whereCount(w: Where): number | null {
	const c = counts.now;
	if (!c) return null;
	if (w.line) return counts.line(w.line).open;
	const v = (c as unknown as Record<string, unknown>)[w.view];
	return typeof v === 'number' ? v : null;
}
