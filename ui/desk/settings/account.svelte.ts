// One's own account: password, one-time codes, sessions, API keys; the tags; the installation.
import { api } from '../../shared/api';
import type { ApiToken, SessionInfo, System, Tag, TotpSetup } from '../../shared/api_types';
import { failureText } from '../../shared/components/failure';
import { toasts } from '../../shared/components/toasts.svelte';
import { directory } from '../directory.svelte';
import { session } from '../session.svelte';

const told = async (fn: () => Promise<void>): Promise<void> => {
	try {
		await fn();
	} catch (e) {
		toasts.show(failureText(e), undefined, { bad: true });
	}
};

export class MyAccount {
	sessions: SessionInfo[] = $state.raw([]);
	setup: TotpSetup | null = $state.raw(null);

	loadSessions = () => told(async () => void (this.sessions = await api.session_list()));
	end = (id: number) =>
		told(async () => {
			await api.session_end({ id });
			this.sessions = this.sessions.filter((s) => s.id !== id);
		});
	/** These throw, for their forms. */
	async setPassword(old_password: string, new_password: string, revoke_tokens: boolean): Promise<void> {
		session.me = await api.me_password({ body: { old_password, new_password, revoke_tokens } });
		await this.loadSessions();
	}
	async beginTotp(password: string): Promise<void> {
		this.setup = await api.totp_begin({ body: { password } });
	}
	async confirmTotp(code: string): Promise<void> {
		session.me = await api.totp_confirm({ body: { code } });
		this.setup = null;
	}
	async removeTotp(password: string): Promise<void> {
		session.me = await api.totp_remove({ body: { password } });
	}
}

export class Tokens {
	items: ApiToken[] = $state.raw([]);
	fresh: ApiToken | null = $state.raw(null);
	load = () => told(async () => void (this.items = (await api.token_list()).items));
	async create(name: string, rights: string[], expires_at: string | null): Promise<void> {
		this.fresh = await api.token_create({ body: { name, rights, ...(expires_at ? { expires_at } : {}) } });
		await this.load();
	}
	remove = (id: number) =>
		told(async () => {
			await api.token_delete({ id });
			this.items = this.items.filter((x) => x.id !== id);
			if (this.fresh?.id === id) this.fresh = null;
		});
}

export class Installation {
	now: System | null = $state.raw(null);
	failure = $state('');
	async load(): Promise<void> {
		try {
			this.now = await api.system_get();
		} catch (e) {
			this.failure = failureText(e);
		}
	}
	pause = (note: string) =>
		told(async () => {
			this.now = await api.system_pause({ body: note.trim() ? { note: note.trim() } : {} });
			await session.refresh();
		});
	resume = () =>
		told(async () => {
			this.now = await api.system_resume();
			await session.refresh();
		});
}

export async function createTag(name: string): Promise<Tag> {
	const tag = await api.tag_create({ body: { name } });
	await directory.load();
	return tag;
}
