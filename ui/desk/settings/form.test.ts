import { expect, it } from 'vitest';
import { changes, missing, moved, same, type Field } from './form';

it('sends only what was changed', () => {
	const start = { name: 'a', ids: [1, 2], on: true };
	expect(changes(start, { name: 'a', ids: [2, 1], on: true }, false)).toEqual({});
	expect(changes(start, { name: '', ids: [1], on: false }, false)).toEqual({ name: '', ids: [1], on: false });
	expect(changes(start, { name: '', ids: [], on: false, port: 5 }, true)).toEqual({ on: false, port: 5 });
	expect(same(undefined, undefined)).toBe(true);
});
it('knows what must be filled in', () => {
	const fields: Field[] = [
		{ key: 'a', label: '', kind: 'text', required: true },
		{ key: 'b', label: '', kind: 'many', required: true, when: (v) => v.c === true },
	];
	expect(missing(fields, { a: '', b: [], c: false })).toEqual(['a']);
	expect(missing(fields, { a: 'x', b: [], c: true })).toEqual(['b']);
});
it('asks again for a password that the change would drop', () => {
	const again = moved(['host', 'username', 'port'], 'tls');
	const fields: Field[] = [{ key: 'password', label: '', kind: 'password', when: (v) => v.auth === 'password', again }];
	const start = { host: 'a', username: 'u', port: 0, tls: 'starttls', auth: 'password', password: '' };
	const asks = (change: object) => missing(fields, { ...start, ...change }, start);
	expect(asks({})).toEqual([]);
	expect(asks({ tls: 'tls' })).toEqual([]);
	for (const c of [{ host: 'b' }, { username: 'v' }, { port: 25 }, { tls: 'none' }]) expect(asks(c)).toEqual(['password']);
	expect(asks({ host: 'b', password: 'typed' })).toEqual([]);
	expect(asks({ host: 'b', auth: 'xoauth2' })).toEqual([]);
	expect(missing(fields, { ...start, host: 'b' })).toEqual([]);
});
