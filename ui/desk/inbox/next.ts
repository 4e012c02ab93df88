// What is urgent, or the one who has waited longest, and belongs to nobody becomes mine.
import { api, ApiError } from '../../shared/api';
import { failureText } from '../../shared/components/failure';
import { toasts } from '../../shared/components/toasts.svelte';
import { t } from '../../shared/i18n/index.svelte';
import { session } from '../session.svelte';

/** So often others may be quicker with all of a page. */
const TRIES = 4;

async function takeOne(urgent: boolean): Promise<number | null> {
	for (let i = 0; i < TRIES; i++) {
		const page = await api.ticket_list({ query: { view: 'unassigned', sort: 'waiting', urgent, limit: 5 } });
		for (const row of page.items) {
			try {
				await api.ticket_patch({ id: row.id, body: { assignee_id: session.me!.id, version: row.version } });
				return row.id;
			} catch (e) {
				// Somebody was quicker: the next one.
				if (!(e instanceof ApiError) || e.status !== 409) throw e;
			}
		}
		if (!page.items.length) break;
	}
	return null;
}

export async function takeNext(): Promise<number | null> {
	try {
		const id = (await takeOne(true)) ?? (await takeOne(false));
		if (id !== null) return id;
		toasts.show(t('empty.nobody'));
	} catch (e) {
		toasts.show(failureText(e), undefined, { bad: true });
	}
	return null;
}
