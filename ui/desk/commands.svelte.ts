// Everything that can be done by a key or from the palette. Those who can do it say so
// while they are on the screen. Keys are matched by event.code, so they work in any layout.
import type { Component } from 'svelte';
import type { Key } from '../shared/i18n/index.svelte';

export interface Command {
	id: string;
	title: Key;
	group: 'ticket' | 'list' | 'go' | 'any';
	code?: string;
	ctrl?: boolean;
	shift?: boolean;
	/** Works while typing too. */
	inFields?: boolean;
	/** Not worth a line in the palette (next, previous ...). */
	quiet?: boolean;
	icon?: Component<{ class?: string }>;
	when?: () => boolean;
	run: () => void;
}

const names: Record<string, string> = { Slash: '/', BracketLeft: '[', BracketRight: ']', Semicolon: ';', Escape: 'Esc' };

export function keyLabel(c: Pick<Command, 'code' | 'ctrl' | 'shift'>): string {
	if (!c.code) return '';
	if (c.code === 'Slash' && c.shift) return '?';
	const k = names[c.code] ?? c.code.replace(/^Key|^Digit/, '');
	return [c.ctrl ? 'Ctrl' : '', c.shift ? 'Shift' : '', k].filter(Boolean).join(' ');
}

function isField(el: Element | null): boolean {
	return !!el && (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) || (el as HTMLElement).isContentEditable);
}

class Commands {
	list: Command[] = $state.raw([]);
	// Beside the state, so that adding does not depend on it.
	private all: Command[] = [];

	/** For $effect: takes them away again. */
	add(...commands: Command[]): () => void {
		this.all = this.list = [...this.all, ...commands];
		return () => {
			this.all = this.list = this.all.filter((c) => !commands.includes(c));
		};
	}

	start(): () => void {
		const onkey = (e: KeyboardEvent) => {
			if (e.defaultPrevented || e.altKey || e.isComposing) return;
			const ctrl = e.ctrlKey || e.metaKey;
			const el = document.activeElement;
			const modal = document.querySelector('dialog[open]');
			const typing = isField(el) && !(el instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(el.type));
			// The newest first: a dialog's commands come before the page's.
			for (const c of [...this.all].reverse()) {
				if (c.code !== e.code || !!c.ctrl !== ctrl || !!c.shift !== e.shiftKey) continue;
				if ((typing || document.querySelector(':popover-open')) && !c.inFields) continue;
				if (modal && !c.inFields) continue;
				if (e.code === 'Enter' && !ctrl && el && el !== document.body && /^(A|BUTTON|SUMMARY)$/.test(el.tagName)) continue;
				if (c.when && !c.when()) continue;
				e.preventDefault();
				c.run();
				return;
			}
		};
		addEventListener('keydown', onkey);
		return () => removeEventListener('keydown', onkey);
	}
}

export const commands = new Commands();
