// What is being written in a ticket. A draft is on this computer from the first letter
// until the server has the message, whatever happens to the page or the connection.
import { api, ApiError, newKey } from '../../shared/api';
import type { AddressIn, Message, MessageCreate, TicketStatus } from '../../shared/api_types';
import { isAddress } from '../../shared/components/addresses';
import { failureText } from '../../shared/components/failure';
import { toasts } from '../../shared/components/toasts.svelte';
import { debounce } from '../../shared/debounce';
import { t } from '../../shared/i18n/index.svelte';
import { connection } from '../../shared/live/connection.svelte';
import { directory } from '../directory.svelte';
import { session } from '../session.svelte';
import { blockOf, type Block } from './blocking';
import { offeredCopies } from './copies';
import { clearDraft, readDraft, writeDraft, type Draft, type Tab } from './drafts';
import type { TicketState } from './ticket.svelte';
import { Uploads } from './uploads.svelte';

export interface Outbox {
	key: string;
	tab: Tab;
	text: string;
	state: 'sending' | 'failed';
	why: string;
	body: MessageCreate;
	draft: Draft;
}

export class Composer {
	tab: Tab = $state('reply');
	texts: Record<Tab, string> = $state({ reply: '', note: '', side: '' });
	/** Null: as the server would fill them in (reply to all). */
	to: AddressIn[] | null = $state.raw(null);
	cc: AddressIn[] | null = $state.raw(null);
	bcc: AddressIn[] = $state.raw([]);
	/** The side thread that is written to; null: a new one. */
	thread: number | null = $state(null);
	sideTo: AddressIn[] = $state.raw([]);
	sideSubject = $state('');
	forward: number[] = $state.raw([]);
	readonly uploads = new Uploads(() => this.changed());
	/** On its way, or did not get there. */
	outbox: Outbox[] = $state([]);
	/** Somebody wrote meanwhile; the text is kept. */
	overtaken: { who: string; messageId: number; status: TicketStatus | undefined } | null = $state(null);
	saved = $state(false);
	focusWanted = $state(0);

	private idem = newKey();
	private readonly save = debounce(() => this.saveNow(), 300);

	constructor(private readonly owner: TicketState) {
		const d = readDraft(this.place);
		if (d) this.restore(d);
	}

	private get place() {
		return { account: session.me?.id ?? 0, ticket: this.owner.id };
	}
	get text(): string {
		return this.texts[this.tab];
	}
	set text(v: string) {
		this.texts[this.tab] = v;
		this.changed();
	}

	/**
	 * What placeholders stand for, by the names that signatures know. A third party in a side
	 * thread does not learn who the customer is; a name that is shown only in part is not known.
	 */
	get known(): Record<string, string> {
		const tk = this.owner.ticket;
		const me = session.me;
		if (!tk || !me) return {};
		const first = (name: string) => name.trim().split(/\s+/)[0] ?? '';
		const who = tk.contact.name;
		return {
			'agent.name': me.name,
			'agent.first_name': first(me.name),
			'brand.name': tk.brand.name,
			...(tk.inbox ? { 'inbox.name': tk.inbox.name } : {}),
			...(tk.sends_as ? { 'inbox.address': tk.sends_as.address } : {}),
			...(this.tab === 'side' || who.includes('•') ? {} : { 'contact.name': who, 'contact.first_name': first(who) }),
			'ticket.id': String(tk.id),
			'ticket.subject': tk.subject,
		};
	}

	/** Adds a text that was found to what is written; nothing that stands there is lost. */
	insert(text: string): void {
		if (this.tab === 'reply' && !session.can('ticket.reply')) this.tab = 'note';
		const before = this.text.trimEnd();
		this.text = before ? `${before}\n\n${text}` : text;
		this.focusWanted++;
	}

	/** Something about the message differs now: it is another deed. */
	changed(): void {
		this.idem = newKey();
		this.saved = false;
		this.save();
	}
	private snapshot(): Draft {
		return {
			tab: this.tab,
			texts: { ...this.texts },
			to: this.to,
			cc: this.cc,
			bcc: this.bcc,
			thread: this.thread,
			sideTo: this.sideTo,
			sideSubject: this.sideSubject,
			forward: this.forward,
			uploads: this.uploads.done,
			idem: this.idem,
		};
	}
	private restore(d: Draft): void {
		this.tab = d.tab;
		this.texts = { ...d.texts };
		this.to = d.to;
		this.cc = d.cc;
		this.bcc = d.bcc;
		this.thread = d.thread;
		this.sideTo = d.sideTo;
		this.sideSubject = d.sideSubject;
		this.forward = d.forward;
		this.uploads.restore(d.uploads);
		this.idem = d.idem;
	}
	private get isEmpty(): boolean {
		return !Object.values(this.texts).some((s) => s.trim()) && !this.uploads.items.length;
	}
	private saveNow(): void {
		// What is on its way is kept until the server has it.
		const going = this.outbox[0];
		if (this.isEmpty && !going) clearDraft(this.place);
		else writeDraft(this.place, going && this.isEmpty ? going.draft : this.snapshot());
		this.saved = !this.isEmpty;
	}
	stop(): void {
		this.save.cancel();
		this.saveNow();
	}

	setTab(tab: Tab): void {
		this.tab = tab;
		this.focusWanted++;
		this.save();
	}

	/** Whom a reply goes to when nothing is said. */
	defaultTo(): AddressIn[] {
		const tk = this.owner.ticket;
		return tk?.reply_to ? [{ address: tk.reply_to, ...(tk.contact.name ? { name: tk.contact.name } : {}) }] : [];
	}
	defaultCc(): AddressIn[] {
		return (this.owner.ticket?.participants ?? [])
			.filter((p) => p.role === 'cc' && p.thread_id === null)
			.map((p) => ({ address: p.address, ...(p.name ? { name: p.name } : {}) }));
	}

	/** Whom the customer's letter also went to and who does not take part: the agent decides. */
	offered: AddressIn[] = $derived.by(() =>
		offeredCopies(
			this.owner.messages,
			directory.inboxes.map((i) => i.address),
			[...(this.to ?? this.defaultTo()), ...(this.cc ?? this.defaultCc()), ...this.bcc].map((a) => a.address),
		),
	);
	copy(a: AddressIn): void {
		this.cc = [...(this.cc ?? this.defaultCc()), a];
		this.changed();
	}

	block: Block = $derived.by(() => {
		const isNewSide = this.tab === 'side' && this.thread === null;
		return blockOf(
			{
				text: this.texts[this.tab],
				uploads: this.uploads.items,
				recipients:
					this.tab === 'note' || (this.tab === 'side' && this.thread !== null)
						? null
						: isNewSide
							? this.sideTo.map((a) => a.address)
							: this.to || this.cc || this.bcc.length
								? [...(this.to ?? ['ok@ok.ok']), ...(this.cc ?? []), ...this.bcc].map((a) => (typeof a === 'string' ? a : a.address))
								: this.owner.ticket && !this.owner.ticket.reply_to
									? []
									: null,
				needsSubject: isNewSide,
				subject: this.sideSubject,
			},
			isAddress,
		);
	});

	/** Sends what stands there; `status` is the ticket's after it. */
	async send(status?: TicketStatus, anyway = false): Promise<void> {
		if (this.block) return;
		const tab = this.tab;
		const text = this.texts[tab].trim();
		if (tab === 'side' && this.thread === null) return this.openThread(text);
		const body: MessageCreate = {
			kind: tab === 'note' ? 'note' : 'agent',
			text,
			...(tab === 'side' && this.thread !== null ? { thread_id: this.thread } : {}),
			...(tab === 'reply' && this.to ? { to: this.to } : {}),
			...(tab === 'reply' && this.cc ? { cc: this.cc } : {}),
			...(tab === 'reply' && this.bcc.length ? { bcc: this.bcc } : {}),
			...(this.uploads.items.length ? { uploads: this.uploads.done.map((u) => u.id) } : {}),
			...(tab === 'reply' && !anyway ? { seen_message_id: this.owner.newest } : {}),
			...(status ? { status } : {}),
		};
		const item: Outbox = { key: this.idem, tab, text, state: 'sending', why: '', body, draft: this.snapshot() };
		this.overtaken = null;
		this.outbox.push(item);
		this.empty(tab);
		await this.deliver(item.key);
	}

	/** The same deed with the same key: it happens once, however often it is tried. */
	async deliver(key: string): Promise<void> {
		const item = this.outbox.find((o) => o.key === key);
		if (!item) return;
		item.state = 'sending';
		this.saveNow();
		let sent: Message;
		try {
			sent = await api.message_create({ id: this.owner.id, body: item.body, idem: item.key });
		} catch (e) {
			if (e instanceof ApiError && e.key === 'error.newer_message') {
				this.backToDraft(key);
				await this.owner.refresh();
				const newer = this.owner.messages.filter((m) => m.id > (item.body.seen_message_id ?? 0));
				const first = newer[0];
				this.overtaken = {
					who: first ? first.author || first.author_address : '',
					messageId: first?.id ?? 0,
					status: item.body.status,
				};
				return;
			}
			item.state = 'failed';
			item.why = failureText(e);
			return;
		}
		this.outbox = this.outbox.filter((o) => o.key !== key);
		this.saveNow();
		await this.owner.refresh();
		const left = sent.undo_until ? Date.parse(sent.undo_until) - Date.now() : 0;
		if (left > 500)
			toasts.show(t(session.me?.no_send && item.tab !== 'note' ? 'undo.waits' : 'undo.sent'), { label: t('action.undo'), run: () => void this.owner.cancel(sent) }, { ms: Math.min(left, 30_000) });
	}

	backToDraft(key: string): void {
		const item = this.outbox.find((o) => o.key === key);
		if (!item) return;
		this.outbox = this.outbox.filter((o) => o.key !== key);
		const typed = this.texts[item.tab].trim();
		this.restore(item.draft);
		if (typed) this.texts[item.tab] += `\n\n${typed}`;
		this.idem = newKey();
		this.saveNow();
	}

	/** An answer that was taken back is a draft again. */
	takeBack(m: Message): void {
		const tab: Tab = m.kind === 'note' ? 'note' : m.thread_id ? 'side' : 'reply';
		this.texts[tab] = this.texts[tab].trim() ? `${m.text}\n\n${this.texts[tab]}` : m.text;
		this.tab = tab;
		if (tab === 'side') this.thread = m.thread_id;
		this.changed();
		this.focusWanted++;
	}

	private async openThread(text: string): Promise<void> {
		const key = this.idem;
		try {
			const thread = await api.thread_create({
				id: this.owner.id,
				idem: key,
				body: {
					subject: this.sideSubject.trim(),
					to: this.sideTo,
					text,
					...(this.uploads.items.length ? { uploads: this.uploads.done.map((u) => u.id) } : {}),
					...(this.forward.length ? { forward_message_ids: this.forward } : {}),
				},
			});
			this.empty('side');
			this.sideTo = [];
			this.sideSubject = '';
			this.forward = [];
			this.thread = thread.id;
			this.saveNow();
			toasts.show(t('side.sent'));
			await this.owner.refresh();
		} catch (e) {
			toasts.show(failureText(e), undefined, { bad: true });
		}
	}

	private empty(tab: Tab): void {
		this.texts[tab] = '';
		this.to = this.cc = null;
		this.bcc = [];
		this.uploads.clear();
		this.idem = newKey();
	}

	get offline(): boolean {
		return connection.state === 'offline';
	}
}
