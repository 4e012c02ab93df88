// What was just done, for eight seconds, with the way back.
export interface Toast {
	id: number;
	text: string;
	action?: { label: string; run: () => void } | undefined;
	bad?: boolean | undefined;
	until: number;
}

class Toasts {
	items: Toast[] = $state([]);
	private next = 1;

	show(text: string, action?: Toast['action'], opts: { ms?: number; bad?: boolean } = {}): number {
		const id = this.next++;
		const ms = opts.ms ?? 8000;
		// One at a time: the newest counts, but a way back is not taken from under the hand.
		this.items = [...this.items.filter((x) => x.action).slice(-1), { id, text, action, bad: opts.bad, until: Date.now() + ms }];
		setTimeout(() => this.drop(id), ms);
		return id;
	}
	drop(id: number): void {
		this.items = this.items.filter((x) => x.id !== id);
	}
	/** The way back of the newest deed that has one (key Z). */
	undoLast(): boolean {
		const last = [...this.items].reverse().find((x) => x.action);
		if (!last) return false;
		this.drop(last.id);
		last.action!.run();
		return true;
	}
}

export const toasts = new Toasts();

/** For the polite live region. */
class Announcer {
	text = $state('');
	say(text: string): void {
		this.text = '';
		setTimeout(() => (this.text = text), 50);
	}
}
export const announcer = new Announcer();
