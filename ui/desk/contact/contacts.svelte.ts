// Customers: finding them, one of them, changes.
import { api, ApiError } from '../../shared/api';
import type { Contact, ContactPatch, IdentityKind, Organisation, TicketRow } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { toasts } from '../../shared/components/toasts.svelte';
import { debounce } from '../../shared/debounce';
import { t } from '../../shared/i18n/index.svelte';

export class ContactList {
	q = $state('');
	items: Contact[] = $state.raw([]);
	next: string | null = $state(null);
	state: 'first' | 'ready' | 'failed' = $state('first');
	failure = $state('');
	private turn = 0;
	private readonly again = debounce(() => void this.load(), 200);

	search(q: string): void {
		this.q = q;
		this.again();
	}
	async load(cursor: string | null = null): Promise<void> {
		const turn = ++this.turn;
		try {
			const r = await api.contact_list({ query: { ...(this.q.trim() ? { q: this.q.trim() } : {}), ...(cursor ? { cursor } : {}), limit: 50 } });
			if (turn !== this.turn) return;
			this.items = cursor ? [...this.items, ...r.items] : r.items;
			this.next = r.next;
			this.state = 'ready';
		} catch (e) {
			if (turn !== this.turn) return;
			this.failure = failureText(e);
			this.state = 'failed';
		}
	}
	async create(name: string, email: string, phone: string): Promise<number> {
		const c = await api.contact_create({ body: { ...(name ? { name } : {}), ...(email ? { email } : {}), ...(phone ? { phone } : {}) } });
		return c.id;
	}
}

export class ContactCard {
	contact: Contact | null = $state.raw(null);
	tickets: TicketRow[] = $state.raw([]);
	organisations: Organisation[] = $state.raw([]);
	state: 'first' | 'ready' | 'failed' | 'gone' = $state('first');
	failure = $state('');

	constructor(readonly id: number) {}

	async load(): Promise<void> {
		try {
			const [contact, tickets, organisations] = await Promise.all([
				api.contact_get({ id: this.id }),
				api.ticket_list({ query: { view: 'all', contact_id: this.id, limit: 50 } }),
				api.organisation_list(),
			]);
			this.contact = contact;
			this.tickets = tickets.items;
			this.organisations = organisations.items;
			this.state = 'ready';
		} catch (e) {
			if (e instanceof ApiError && e.status === 404) this.state = 'gone';
			else {
				this.failure = failureText(e);
				this.state = 'failed';
			}
		}
	}
	/** Throws, so that a form can show what is wrong beside the field. */
	async patch(change: ContactPatch): Promise<void> {
		this.contact = await api.contact_patch({ id: this.id, body: { ...change, ...(this.contact ? { version: this.contact.version } : {}) } });
	}
	async setOrganisation(name: string): Promise<void> {
		let id = 0;
		if (name) {
			const known = this.organisations.find((o) => o.name.toLocaleLowerCase() === name.toLocaleLowerCase());
			const org = known ?? (await api.organisation_create({ body: { name } }));
			if (!known) this.organisations = [...this.organisations, org];
			id = org.id;
		}
		await this.patch({ organisation_id: id });
	}
	async addIdentity(kind: IdentityKind, value: string): Promise<void> {
		this.contact = await api.identity_add({ id: this.id, body: { kind, value } });
	}
	async removeIdentity(id: number): Promise<void> {
		try {
			this.contact = await api.identity_remove({ id });
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		}
	}
	async mergeInto(into: number): Promise<void> {
		const m = await api.contact_merge({ id: this.id, body: { into_id: into } });
		toasts.show(t('contact.merged'), { label: t('action.undo'), run: () => void this.undo(m.id) });
	}
	async undo(id: number): Promise<void> {
		try {
			await api.merge_undo({ id });
			toasts.show(t('merge.undone'));
			await this.load();
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		}
	}
}
