import { expect, it } from 'vitest';
import { blocks, inline, plain } from './markdown';

it('makes a tree of what articles use', () => {
	expect(blocks('# Refunds\n\nWe pay **at once**,\nbanks *later*.\n\n- one\n- two `x`\n  goes on\n\n3. three\n4. four\n\n> said\n> so\n\n```\na  b\n```\n---')).toEqual([
		{ kind: 'heading', level: 1, children: [{ kind: 'text', text: 'Refunds' }] },
		{
			kind: 'p',
			children: [
				{ kind: 'text', text: 'We pay ' },
				{ kind: 'strong', children: [{ kind: 'text', text: 'at once' }] },
				{ kind: 'text', text: ',\nbanks ' },
				{ kind: 'em', children: [{ kind: 'text', text: 'later' }] },
				{ kind: 'text', text: '.' },
			],
		},
		{
			kind: 'list',
			start: null,
			items: [
				[{ kind: 'text', text: 'one' }],
				[
					{ kind: 'text', text: 'two ' },
					{ kind: 'code', text: 'x' },
					{ kind: 'text', text: '\ngoes on' },
				],
			],
		},
		{ kind: 'list', start: 3, items: [[{ kind: 'text', text: 'three' }], [{ kind: 'text', text: 'four' }]] },
		{ kind: 'quote', blocks: [{ kind: 'p', children: [{ kind: 'text', text: 'said\nso' }] }] },
		{ kind: 'code', text: 'a  b' },
		{ kind: 'rule' },
	]);
});
it('opens only addresses of the web, mail and telephone', () => {
	expect(inline('[a](https://x.example/y "t") [b](javascript:alert(1)) [c](data:text/html,x) ![d](../e.png) https://z.example.')).toEqual([
		{ kind: 'link', href: 'https://x.example/y', children: [{ kind: 'text', text: 'a' }] },
		{ kind: 'text', text: ' [b](javascript:alert(1)) c d ' },
		{ kind: 'link', href: 'https://z.example', children: [{ kind: 'text', text: 'https://z.example' }] },
		{ kind: 'text', text: '.' },
	]);
});
it('leaves markup and lonely signs as text', () => {
	for (const s of ['<b onclick=x>y</b>', '2 * 3 * 4', 'snake_case_name', '** x', '[x', '`x']) expect(inline(s)).toEqual([{ kind: 'text', text: s }]);
	expect(inline('\\*x\\*')).toEqual([{ kind: 'text', text: '*x*' }]);
	expect(blocks('')).toEqual([]);
});
it('takes monstrous texts in their stride', () => {
	for (const s of ['[', '**', '*a', '`', '> ', '_', '- ', '# ', '](', '<https://']) blocks(s.repeat(100000 / s.length));
	for (const s of ['>'.repeat(2000), '- x\n'.repeat(20000), '> x\n'.repeat(20000)]) blocks(s);
}, 5000);
it('is written without its signs where a letter has none', () => {
	expect(plain('# Refunds\n\nBanks take **up to _three_ days**.\n\n1. one\n2. [two](https://x.example/y)\n\n---\n> said <https://z.example>')).toBe(
		'Refunds\n\nBanks take up to three days.\n\n1. one\n2. two (https://x.example/y)\n\nsaid https://z.example',
	);
	expect(plain('')).toBe('');
});
