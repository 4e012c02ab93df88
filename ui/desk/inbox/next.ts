// What is urgent, or the one who has waited longest, and belongs to nobody becomes mine.
import { api, ApiError } from '../../shared/api';
import { failureText } from '../../shared/components/failure';
import { toasts } from '../../shared/components/toasts.svelte';
import { t } from '../../shared/i18n/index.svelte';
import { session } from '../session.svelte';

export async function takeNext(): Promise<number | null> {
	try {
		for (const urgent of [true, false]) {
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
		}
		toasts.show(t('empty.nobody'));
	} catch (e) {
		toasts.show(failureText(e), undefined, { bad: true });
	}
	return null;
}
