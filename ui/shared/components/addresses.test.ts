import { expect, it } from 'vitest';
import { isAddress, parseAddresses } from './addresses';

it('knows an address', () => {
	for (const a of ['a@b.example', 'первый@почта.рф', 'x.y+z@sub.example.org']) expect(isAddress(a), a).toBe(true);
	for (const a of ['', 'a', 'a@b', '@b.example', 'a b@c.example', 'a@b.example,c@d.example', '<a@b.example>']) expect(isAddress(a), a).toBe(false);
});
it('reads what people paste', () => {
	expect(parseAddresses('Anna <a@x.example>, b@y.example; "Олег, склад"')).toEqual([{ name: 'Anna', address: 'a@x.example' }, { address: 'b@y.example' }]);
	expect(parseAddresses('  ')).toEqual([]);
});
