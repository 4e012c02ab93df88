// A new conversation while it is being written; kept as a draft until it has left.
import { api, newKey } from '../../shared/api';
import type { AddressIn, Contact, Ticket, Upload } from '../../shared/api_types';
import { isAddress } from '../../shared/components/addresses';
import { failureText } from '../../shared/components/failure';
import { debounce } from '../../shared/debounce';
import { session } from '../session.svelte';
import { blockOf, type Block } from './blocking';
import { clearDraft, readDraft, writeDraft } from './drafts';
import { Uploads } from './uploads.svelte';

interface Kept {
	to: AddressIn[];
	cc: AddressIn[];
	bcc: AddressIn[];
	inbox: number | null;
	subject: string;
	text: string;
	uploads: Upload[];
	idem: string;
}

export class Conversation {
	to: AddressIn[] = $state.raw([]);
	cc: AddressIn[] = $state.raw([]);
	bcc: AddressIn[] = $state.raw([]);
	inbox: number | null = $state(null);
	subject = $state('');
	text = $state('');
	busy = $state(false);
	failure = $state('');
	saved = $state(false);
	/** Written to a known contact, whose address may be hidden from us. */
	contact: Contact | null = $state.raw(null);
	readonly uploads = new Uploads(() => this.changed());
	private idem = newKey();
	private readonly save = debounce(() => this.saveNow(), 300);

	constructor() {
		const d = readDraft<Kept>(this.place);
		if (!d) return;
		this.to = d.to;
		this.cc = d.cc;
		this.bcc = d.bcc;
		this.inbox = d.inbox;
		this.subject = d.subject;
		this.text = d.text;
		this.uploads.restore(d.uploads);
		this.idem = d.idem;
		this.saved = true;
	}
	private get place() {
		return { account: session.me?.id ?? 0, ticket: 'new' as const };
	}

	async writeTo(contactId: number): Promise<void> {
		try {
			this.contact = await api.contact_get({ id: contactId });
		} catch (e) {
			this.failure = failureText(e);
		}
	}

	changed(): void {
		this.idem = newKey();
		this.saved = false;
		this.save();
	}
	private saveNow(): void {
		if (!this.text.trim() && !this.subject.trim() && !this.uploads.items.length) {
			clearDraft(this.place);
			return;
		}
		writeDraft<Kept>(this.place, {
			to: this.to,
			cc: this.cc,
			bcc: this.bcc,
			inbox: this.inbox,
			subject: this.subject,
			text: this.text,
			uploads: this.uploads.done,
			idem: this.idem,
		});
		this.saved = true;
	}
	stop(): void {
		this.save.cancel();
		if (!this.sent) this.saveNow();
	}
	private sent = false;

	block: Block = $derived(
		blockOf(
			{
				text: this.text,
				uploads: this.uploads.items,
				recipients: this.contact ? [...this.cc, ...this.bcc].map((a) => a.address).concat('known@contact.ok') : this.to.length ? [...this.to, ...this.cc, ...this.bcc].map((a) => a.address) : [],
				needsSubject: true,
				subject: this.subject,
			},
			isAddress,
		),
	);

	/** The first address is the customer; further ones are copied. */
	async send(): Promise<Ticket | null> {
		if (this.block || this.busy) return null;
		this.busy = true;
		this.failure = '';
		const [to, ...more] = this.to;
		const cc = [...(this.contact ? this.to : more), ...this.cc];
		try {
			const ticket = await api.ticket_create({
				idem: this.idem,
				body: {
					subject: this.subject.trim(),
					text: this.text.trim(),
					...(this.contact ? { contact_id: this.contact.id } : { to: to! }),
					...(cc.length ? { cc } : {}),
					...(this.bcc.length ? { bcc: this.bcc } : {}),
					...(this.inbox ? { inbox_id: this.inbox } : {}),
					...(this.uploads.items.length ? { uploads: this.uploads.done.map((u) => u.id) } : {}),
				},
			});
			this.sent = true;
			clearDraft(this.place);
			return ticket;
		} catch (e) {
			this.failure = failureText(e);
			return null;
		} finally {
			this.busy = false;
		}
	}
}
