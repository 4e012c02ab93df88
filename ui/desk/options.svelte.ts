// Choices for the pickers.
import type { Option } from '../shared/components/Pick.svelte';
import type { TicketStatus } from '../shared/api_types';
import { t } from '../shared/i18n/index.svelte';
import { directory } from './directory.svelte';
import { session } from './session.svelte';

export function assigneeOptions(): Option[] {
	const me = session.me;
	const others = directory.colleagues.filter((c) => c.id !== me?.id);
	return [
		...(me ? [{ value: String(me.id), label: me.name, hint: t('assign.me') }] : []),
		{ value: '0', label: t('assign.nobody') },
		...others.map((c) => ({ value: String(c.id), label: c.name })),
	];
}

export const statusOptions = (): Option[] =>
	(['open', 'pending', 'on_hold', 'solved', 'closed', 'spam'] as TicketStatus[]).map((s) => ({ value: s, label: t(`status.${s}`) }));

export const lineOptions = (): Option[] => directory.activeLines.map((l) => ({ value: String(l.id), label: l.name }));

export const tagOptions = (): Option[] => directory.tags.map((x) => ({ value: x.name, label: x.name }));

export const priorityOptions = (): Option[] =>
	(['low', 'normal', 'high', 'urgent'] as const).map((p) => ({ value: p, label: t(`priority.${p}`) }));
