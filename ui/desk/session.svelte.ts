// Who is signed in, and what this person may do.
import { api, ApiError, halt, resume, whenSignedOut } from '../shared/api';
import type { Language, Me, Right, Theme } from '../shared/api_types';
import { setLanguage } from '../shared/i18n/index.svelte';
import { connection } from '../shared/live/connection.svelte';
import { applyTheme } from '../shared/theme';

class Session {
	me: Me | null = $state.raw(null);
	/** Nothing is known yet / the server does not answer / nobody / somebody. */
	state: 'starting' | 'unreachable' | 'out' | 'in' = $state('starting');
	/** The session ended by itself: drafts are kept, say so on the sign-in page. */
	ended = $state(false);

	/** Whose pages are in memory; nobody else is let in without a new load. */
	private last: number | null = null;

	private rights = $derived(new Set(this.me?.rights ?? []));

	can(right: Right): boolean {
		return this.rights.has(right);
	}

	async begin(): Promise<void> {
		whenSignedOut(() => {
			if (this.state !== 'in') return;
			this.ended = true;
			this.leave();
		});
		try {
			await this.enter(await api.session_get());
		} catch (e) {
			this.state = e instanceof ApiError && (e.offline || e.status >= 500) ? 'unreachable' : 'out';
		}
	}

	async signIn(email: string, password: string, totp: string): Promise<void> {
		const me = await api.session_create({ body: { email, password, ...(totp ? { totp } : {}) } });
		if (this.last !== null && this.last !== me.id) location.replace('/');
		else await this.enter(me);
	}

	async enter(me: Me): Promise<void> {
		applyTheme(me.theme);
		await setLanguage(me.language);
		this.me = me;
		this.last = me.id;
		this.ended = false;
		this.state = 'in';
		connection.start(me.event_cursor);
	}

	/** Ends with a new load, so that nothing of this person stays in memory. */
	async signOut(): Promise<void> {
		connection.stop();
		halt();
		try {
			await api.session_delete();
		} catch (e) {
			resume();
			await this.begin();
			throw e;
		}
		location.replace('/');
	}

	/** Brings `me` up to date after something changed it. */
	async refresh(): Promise<void> {
		this.me = await api.session_get();
	}

	async change(patch: { language?: Language; theme?: Theme; name?: string; signature?: string }): Promise<void> {
		// First kept, then shown: whoever sees it and loads the page anew has it still.
		const me = await api.me_patch({ body: patch });
		if (patch.theme) applyTheme(patch.theme);
		if (patch.language) await setLanguage(patch.language);
		this.me = me;
	}

	private leave(): void {
		connection.stop();
		this.me = null;
		this.state = 'out';
	}
}

export const session = new Session();
