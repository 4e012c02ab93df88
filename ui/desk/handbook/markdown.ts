// Markdown of the handbook as a tree: what articles use of it, never HTML. Whatever is not known here
// is text. Pure; time is linear in the text, since every repetition of the patterns is bounded.

export type Inline =
	| { kind: 'text' | 'code'; text: string }
	| { kind: 'strong' | 'em'; children: Inline[] }
	| { kind: 'link'; href: string; children: Inline[] };
export type Block =
	| { kind: 'heading'; level: number; children: Inline[] }
	| { kind: 'p'; children: Inline[] }
	| { kind: 'list'; start: number | null; items: Inline[][] }
	| { kind: 'quote'; blocks: Block[] }
	| { kind: 'code'; text: string }
	| { kind: 'rule' };

const DEEP = 4;
const INLINE =
	/\\([!-/:-@[-`{-~])|`([^`]{1,1000})`|!?\[([^\]\n]{0,1000})\]\(\s{0,9}<?([^()\s<>]{1,2000})>?(?:\s{1,9}"[^"\n]{0,300}")?\s{0,9}\)|\*\*(\S(?:[^*]{0,2000}[^*\s])?)\*\*|__(\S(?:[^_]{0,2000}[^_\s])?)__|\*(\S(?:[^*\n]{0,1000}[^*\s])?)\*|(?<![\p{L}\p{N}_])_(\S(?:[^_\n]{0,1000}[^_\s])?)_(?![\p{L}\p{N}_])|<?(https?:\/\/[^\s<>"«»“”„]{1,2000})>?/gu;

/** Addresses that may be opened; others are left out and their words stay. */
const opens = (href: string): boolean => /^(https?:\/\/|mailto:|tel:)/i.test(href);

export function inline(text: string, deep = 0): Inline[] {
	const out: Inline[] = [];
	const say = (s: string) => {
		const last = out.at(-1);
		if (last?.kind === 'text') last.text += s;
		else if (s) out.push({ kind: 'text', text: s });
	};
	const within = (s: string): Inline[] => (deep < DEEP ? inline(s, deep + 1) : [{ kind: 'text', text: s }]);
	let at = 0;
	for (const m of text.matchAll(INLINE)) {
		say(text.slice(at, m.index));
		at = m.index + m[0].length;
		const [, sign, code, label, href, strong, strong2, em, em2, bare] = m;
		if (sign) say(sign);
		else if (code) out.push({ kind: 'code', text: code });
		else if (href !== undefined && opens(href)) out.push({ kind: 'link', href, children: within(label || href) });
		else if (href !== undefined) say(label ?? '');
		else if (strong ?? strong2) out.push({ kind: 'strong', children: within((strong ?? strong2)!) });
		else if (em ?? em2) out.push({ kind: 'em', children: within((em ?? em2)!) });
		else if (bare) {
			const link = bare.replace(/[.,;:!?…)\]}'*]+$/, '');
			out.push({ kind: 'link', href: link, children: [{ kind: 'text', text: link }] });
			say(bare.slice(link.length));
		}
	}
	say(text.slice(at));
	return out;
}

const ITEM = /^\s{0,12}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;

export function blocks(markdown: string, deep = 0): Block[] {
	const lines = markdown.replace(/\r\n?/g, '\n').split('\n');
	const out: Block[] = [];
	let words: string[] = [];
	const end = () => {
		if (words.length) out.push({ kind: 'p', children: inline(words.join('\n')) });
		words = [];
	};
	for (let i = 0; i < lines.length; i++) {
		// Longer lines are words: the patterns of blocks are not asked.
		const line = lines[i]!;
		const short = line.length < 2000;
		const fence = short && /^\s{0,3}(```+|~~~+)/.exec(line);
		if (fence) {
			end();
			const text: string[] = [];
			while (++i < lines.length && !lines[i]!.trimStart().startsWith(fence[1]!)) text.push(lines[i]!);
			out.push({ kind: 'code', text: text.join('\n') });
			continue;
		}
		const heading = short && HEADING.exec(line);
		if (heading) {
			end();
			out.push({ kind: 'heading', level: heading[1]!.length, children: inline(heading[2]!) });
			continue;
		}
		if (short && RULE.test(line)) {
			end();
			out.push({ kind: 'rule' });
			continue;
		}
		if (/^\s{0,3}>/.test(line) && deep < DEEP) {
			end();
			const quoted: string[] = [];
			for (; i < lines.length && /^\s{0,3}>/.test(lines[i]!); i++) quoted.push(lines[i]!.replace(/^\s{0,3}> ?/, ''));
			i--;
			out.push({ kind: 'quote', blocks: blocks(quoted.join('\n'), deep + 1) });
			continue;
		}
		const item = ITEM.exec(line);
		if (item) {
			end();
			const list: Block & { kind: 'list' } = { kind: 'list', start: item[1] ? Number(item[1]) : null, items: [] };
			let said: string[] = [item[2]!];
			for (i++; i < lines.length; i++) {
				const next = ITEM.exec(lines[i]!);
				if (next && !next[1] !== (list.start !== null)) {
					list.items.push(inline(said.join('\n')));
					said = [next[2]!];
				} else if (/^\s+\S/.test(lines[i]!) && !next) said.push(lines[i]!.trim());
				else break;
			}
			i--;
			list.items.push(inline(said.join('\n')));
			out.push(list);
			continue;
		}
		if (line.trim()) words.push(line.trim());
		else end();
	}
	end();
	return out;
}

const said = (list: readonly Inline[]): string =>
	list
		.map((x) => {
			if (!('children' in x)) return x.text;
			const text = said(x.children);
			return x.kind === 'link' && x.href.replace(/^(mailto|tel):/i, '') !== text ? `${text} (${x.href})` : text;
		})
		.join('');

/** As one writes it in a letter that has no markup. */
export function plain(markdown: string): string {
	const of = (b: Block): string => {
		switch (b.kind) {
			case 'heading':
			case 'p':
				return said(b.children);
			case 'list':
				return b.items.map((x, i) => `${b.start === null ? '-' : `${b.start + i}.`} ${said(x).replace(/\n/g, '\n  ')}`).join('\n');
			case 'quote':
				return b.blocks.map(of).join('\n\n');
			case 'code':
				return b.text;
			case 'rule':
				return '';
		}
	};
	return blocks(markdown).map(of).filter(Boolean).join('\n\n');
}
