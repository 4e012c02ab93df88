// What can be set up by lists and forms: lines, inboxes, brands, people, roles, fields.
import { api } from '../../shared/api';
import type { Account, Brand, Category, CustomField, FactKind, Inbox, Line, Mailbox, MailboxTest, OauthCredential, RetentionPreview, RetentionRule, Right, Role, Sender } from '../../shared/api_types';
import { rightNames } from '../../shared/api_rights';
import { failureText } from '../../shared/components/failure';
import { language, t, tMaybe } from '../../shared/i18n/index.svelte';
import { directory } from '../directory.svelte';
import { session } from '../session.svelte';
import { branches } from '../understand/tree';
import { roleName } from '../roles';
import { moved, type Choice, type Field, type Values } from './form';

export type Name = 'lines' | 'inboxes' | 'mailboxes' | 'oauth' | 'senders' | 'brands' | 'people' | 'roles' | 'fields' | 'retention' | 'categories';
interface Thing {
	id: number;
	version: number;
}
interface Kind<T extends Thing> {
	right: Right;
	list: () => Promise<T[]>;
	save: (id: number | null, body: Values & { version?: number }) => Promise<T>;
	title: (x: T) => string;
	/** The quiet second line of a row, and a word at its end. */
	detail: (x: T) => string;
	word: (x: T) => string;
	/** Stands below the one before it. */
	below?: (x: T) => boolean;
	/** Those with the same name of a group stand together, below it. */
	group?: (x: T) => string;
	values: (x: T | null) => Values;
	fields: (x: T | null) => Field[];
}

let brands: Brand[] = $state.raw([]);
let inboxList: Inbox[] = $state.raw([]);
let credentials: OauthCredential[] = $state.raw([]);
let roles: Role[] = $state.raw([]);
let senders: Sender[] = $state.raw([]);
let allRights: string[] = $state.raw([]);
const off = (x: { active: boolean }) => (x.active ? '' : t('set.off'));
/** What is switched off can be chosen only where it is chosen already. */
const pickBrands = (kept: readonly number[] = []): Choice[] => brands.filter((b) => b.active || kept.includes(b.id)).map((b) => ({ value: String(b.id), label: b.name }));
const pickLines = (kept: readonly number[] = []): Choice[] => directory.lines.filter((l) => l.active || kept.includes(l.id)).map((l) => ({ value: String(l.id), label: l.name }));
const encryption = (): Choice[] => [
	{ value: 'tls', label: 'TLS' },
	{ value: 'starttls', label: 'STARTTLS' },
	{ value: 'none', label: t('set.smtp.none') },
];
const languages: Choice[] = [
	{ value: 'ru', label: 'Русский' },
	{ value: 'en', label: 'English' },
];
export const rightName = (r: string): string => rightNames[r as Right]?.[language()] ?? r;

type Body = never;
const lines: Kind<Line> = {
	right: 'admin.lines',
	list: async () => (await api.line_list()).items,
	save: (id, b) => (id ? api.line_patch({ id, body: b as Body }) : api.line_create({ body: b as Body })),
	title: (x) => x.name,
	detail: (x) => x.description || x.members.map((m) => m.name).join(', ') || t('set.line.nomembers'),
	word: off,
	values: (x) => ({
		name: x?.name ?? '',
		description: x?.description ?? '',
		level: x?.level ?? 1,
		position: x?.position ?? directory.lines.length,
		member_ids: x?.members.map((m) => m.id) ?? [],
		active: x?.active ?? true,
	}),
	fields: () => [
		{ key: 'name', label: t('set.name'), kind: 'text', max: 120, required: true },
		{ key: 'description', label: t('set.line.about'), kind: 'long', max: 1000 },
		{ key: 'level', label: t('set.line.level'), hint: t('set.line.level.hint'), kind: 'select', ids: true, choices: [{ value: '1', label: t('set.line.first') }, { value: '2', label: t('set.line.second') }] },
		{ key: 'member_ids', label: t('set.line.members'), hint: t('set.line.members.hint'), kind: 'many', ids: true, choices: directory.colleagues.map((c) => ({ value: String(c.id), label: c.name })) },
		{ key: 'position', label: t('set.position'), kind: 'number', min: 0, max: 100000 },
		{ key: 'active', label: t('set.active'), hint: t('set.line.active.hint'), kind: 'switch' },
	],
};
const inboxes: Kind<Inbox> = {
	right: 'admin.inboxes',
	list: async () => (inboxList = (await api.inbox_list()).items),
	save: (id, b) => (id ? api.inbox_patch({ id, body: b as Body }) : api.inbox_create({ body: b as Body })),
	title: (x) => x.address,
	detail: (x) => [x.name !== x.address ? x.name : '', directory.line(x.line_id)?.name ?? '', x.smtp_host].filter(Boolean).join(' · '),
	word: off,
	values: (x) => ({
		name: x?.name ?? '',
		address: x?.address ?? '',
		sender_name: x?.sender_name ?? '',
		brand_id: x?.brand_id ?? brands[0]?.id ?? '',
		line_id: x?.line_id ?? directory.activeLines[0]?.id ?? '',
		signature: x?.signature ?? '',
		autoack: x?.autoack ?? false,
		ack_ru: x?.ack_ru ?? '',
		ack_en: x?.ack_en ?? '',
		quote: x?.quote ?? 'last',
		hour_most: x?.hour_most ?? 0,
		sender_id: x?.sender_id ?? 0,
		smtp_host: x?.smtp_host ?? '',
		smtp_port: x?.smtp_port || 587,
		smtp_tls: x?.smtp_tls || 'starttls',
		smtp_user: x?.smtp_user ?? '',
		smtp_password: '',
		active: x?.active ?? true,
	}),
	fields: (x, fold = t('set.smtp.own')) => [
		{ key: 'name', label: t('set.name'), kind: 'text', max: 120, required: true },
		{ key: 'address', label: t('set.inbox.address'), hint: t('set.inbox.address.hint'), kind: 'email', max: 320, required: true },
		{ key: 'sender_name', label: t('set.inbox.sender'), hint: t('set.inbox.sender.hint'), kind: 'text', max: 120 },
		{ key: 'brand_id', label: t('side.brand'), kind: 'select', ids: true, choices: pickBrands(x ? [x.brand_id] : []), required: true },
		{ key: 'line_id', label: t('bulk.line'), hint: t('set.inbox.line.hint'), kind: 'select', ids: true, choices: pickLines(x ? [x.line_id] : []), required: true },
		{ key: 'signature', label: t('set.signature'), hint: t('set.placeholders.hint'), kind: 'long', max: 2000 },
		{ key: 'quote', label: t('set.inbox.quote'), hint: t('set.inbox.quote.hint'), kind: 'select', choices: (['none', 'last', 'thread'] as const).map((v) => ({ value: v, label: t(`set.inbox.quote.${v}`) })) },
		{ key: 'autoack', label: t('set.inbox.autoack'), hint: t('set.inbox.autoack.hint'), kind: 'switch' },
		{ key: 'ack_ru', label: t('set.inbox.ack.ru'), hint: t('set.inbox.ack.hint'), kind: 'long', max: 4000, when: (v) => !!v.autoack },
		{ key: 'ack_en', label: t('set.inbox.ack.en'), kind: 'long', max: 4000, when: (v) => !!v.autoack },
		{
			key: 'sender_id',
			label: t('set.inbox.sender_id'),
			hint: t('set.inbox.sender_id.hint'),
			kind: 'select',
			ids: true,
			choices: [{ value: '0', label: t('set.inbox.sender_id.first') }, ...senders.filter((s) => s.active || s.id === x?.sender_id).map((s) => ({ value: String(s.id), label: s.name }))],
		},
		{ key: 'hour_most', label: t('set.limit'), hint: t('set.limit.hint'), kind: 'number', min: 0, max: 1000000 },
		{ key: 'smtp_host', label: t('set.smtp.host'), hint: t('set.smtp.host.hint'), kind: 'text', max: 253, fold },
		{ key: 'smtp_port', label: t('set.smtp.port'), kind: 'number', min: 1, max: 65535, fold },
		{ key: 'smtp_tls', label: t('set.smtp.tls'), kind: 'select', choices: encryption(), fold },
		{ key: 'smtp_user', label: t('set.smtp.user'), kind: 'text', max: 320, fold },
		{ key: 'smtp_password', label: t('login.password'), hint: x?.smtp_password_set ? t('set.smtp.password.set') : t('set.smtp.password'), kind: 'password', max: 1000, ...(x?.smtp_password_set ? { again: (was: Values, now: Values) => !!now.smtp_host && moved(['smtp_host', 'smtp_port', 'smtp_user'], 'smtp_tls')(was, now) } : {}), fold },
		{ key: 'active', label: t('set.active'), hint: t('set.inbox.active.hint'), kind: 'switch' },
	],
};
const senderKind: Kind<Sender> = {
	right: 'admin.inboxes',
	list: async () => (senders = (await api.sender_list()).items),
	save: (id, b) => (id ? api.sender_patch({ id, body: b as Body }) : api.sender_create({ body: b as Body })),
	title: (x) => x.name,
	detail: (x) => [x.host, x.serves || t('set.sender.all'), brands.length > 1 ? (brands.find((b) => b.id === x.brand_id)?.name ?? '') : ''].filter(Boolean).join(' · '),
	word: off,
	values: (x) => ({
		name: x?.name ?? '',
		brand_id: x?.brand_id ?? brands[0]?.id ?? '',
		host: x?.host ?? '',
		tls: x?.tls ?? 'starttls',
		port: x?.port ?? 0,
		auth: x?.auth ?? 'password',
		username: x?.username ?? '',
		password: '',
		oauth_credential_id: x?.oauth_credential_id ?? 0,
		serves: x?.serves ?? '',
		hour_most: x?.hour_most ?? 0,
		position: x?.position ?? 0,
		active: x?.active ?? true,
	}),
	fields: (x) => [
		{ key: 'name', label: t('set.name'), kind: 'text', max: 120, required: true },
		{ key: 'brand_id', label: t('side.brand'), kind: 'select', ids: true, choices: pickBrands(x ? [x.brand_id] : []), required: true },
		{ key: 'host', label: t('set.smtp.host'), kind: 'text', max: 253, required: true },
		{ key: 'tls', label: t('set.smtp.tls'), kind: 'select', choices: encryption() },
		{ key: 'port', label: t('set.smtp.port'), hint: t('set.sender.port.hint'), kind: 'number', min: 0, max: 65535 },
		{ key: 'auth', label: t('set.sender.auth'), kind: 'select', choices: (['password', 'xoauth2', 'none'] as const).map((v) => ({ value: v, label: t(`set.sender.auth.${v}`) })) },
		{ key: 'username', label: t('set.smtp.user'), kind: 'text', max: 320, when: (v) => v.auth !== 'none' },
		{ key: 'password', label: t('login.password'), hint: x?.password_set ? t('set.smtp.password.set') : t('set.smtp.password'), kind: 'password', max: 1000, ...(x?.password_set ? { again: moved(['host', 'username', 'port'], 'tls') } : {}), when: (v) => v.auth === 'password' },
		{ key: 'oauth_credential_id', label: t('set.mailbox.oauth'), hint: t('set.mailbox.oauth.hint'), kind: 'select', ids: true, choices: [{ value: '0', label: '—' }, ...credentials.map((c) => ({ value: String(c.id), label: c.name }))], when: (v) => v.auth === 'xoauth2' },
		{ key: 'serves', label: t('set.sender.serves'), hint: t('set.sender.serves.hint'), kind: 'text', max: 4000 },
		{ key: 'hour_most', label: t('set.limit'), hint: t('set.limit.hint'), kind: 'number', min: 0, max: 1000000 },
		{ key: 'position', label: t('set.position'), hint: t('set.sender.position.hint'), kind: 'number', min: 0, max: 100000 },
		{ key: 'active', label: t('set.active'), hint: t('set.sender.active.hint'), kind: 'switch' },
	],
};
const mailboxes: Kind<Mailbox> = {
	right: 'admin.inboxes',
	list: async () => (await api.mailbox_list()).items,
	save: (id, b) => (id ? api.mailbox_patch({ id, body: b as Body }) : api.mailbox_create({ body: b as Body })),
	title: (x) => x.username,
	detail: (x) => [x.host, x.folder, inboxList.find((i) => i.id === x.inbox_id)?.address ?? ''].filter(Boolean).join(' · '),
	word: (x) => (x.active ? t(`set.mailbox.state.${x.state}`) : t('set.off')),
	values: (x) => ({
		inbox_id: x?.inbox_id ?? inboxList.find((i) => i.active)?.id ?? '',
		host: x?.host ?? '',
		port: x?.port ?? 0,
		tls: x?.tls ?? 'tls',
		username: x?.username ?? '',
		auth: x?.auth ?? 'password',
		password: '',
		oauth_id: x?.oauth_id ?? 0,
		folder: x?.folder ?? 'INBOX',
		after: x?.after ?? 'keep',
		take_old: x?.take_old ?? false,
		active: x?.active ?? true,
	}),
	fields: (x) => [
		{ key: 'inbox_id', label: t('set.mailbox.inbox'), hint: t('set.mailbox.inbox.hint'), kind: 'select', ids: true, choices: inboxList.filter((i) => i.active || i.id === x?.inbox_id).map((i) => ({ value: String(i.id), label: i.address })), required: true },
		{ key: 'host', label: t('set.mailbox.host'), hint: t('set.mailbox.host.hint'), kind: 'text', max: 253, required: true },
		{ key: 'port', label: t('set.smtp.port'), hint: t('set.mailbox.port.hint'), kind: 'number', min: 0, max: 65535 },
		{ key: 'tls', label: t('set.smtp.tls'), kind: 'select', choices: encryption() },
		{ key: 'username', label: t('set.smtp.user'), kind: 'text', max: 320, required: true },
		{ key: 'auth', label: t('set.sender.auth'), kind: 'select', choices: (['password', 'xoauth2'] as const).map((v) => ({ value: v, label: t(`set.sender.auth.${v}`) })) },
		{ key: 'password', label: t('login.password'), hint: x?.password_set ? t('set.smtp.password.set') : t('set.smtp.password'), kind: 'password', max: 1000, ...(x?.password_set ? { again: moved(['host', 'username', 'port'], 'tls') } : {}), when: (v) => v.auth === 'password' },
		{ key: 'oauth_id', label: t('set.mailbox.oauth'), hint: t('set.mailbox.oauth.hint'), kind: 'select', ids: true, choices: [{ value: '0', label: '—' }, ...credentials.map((c) => ({ value: String(c.id), label: c.name }))], when: (v) => v.auth === 'xoauth2' },
		{ key: 'folder', label: t('set.mailbox.folder'), kind: 'text', max: 250, required: true },
		{ key: 'after', label: t('set.mailbox.after'), hint: t('set.mailbox.after.hint'), kind: 'select', choices: (['keep', 'delete'] as const).map((v) => ({ value: v, label: t(`set.mailbox.after.${v}`) })) },
		{ key: 'take_old', label: t('set.mailbox.old'), hint: t('set.mailbox.old.hint'), kind: 'switch' },
		{ key: 'active', label: t('set.active'), hint: t('set.mailbox.active.hint'), kind: 'switch' },
	],
};
const oauth: Kind<OauthCredential> = {
	right: 'admin.inboxes',
	list: async () => (credentials = (await api.oauth_list()).items),
	save: (id, b) => (id ? api.oauth_patch({ id, body: b as Body }) : api.oauth_create({ body: b as Body })),
	title: (x) => x.name,
	detail: (x) => x.token_url,
	word: (x) => t(`set.mailbox.state.${x.state}`),
	values: (x) => ({ name: x?.name ?? '', token_url: x?.token_url ?? '', client_id: x?.client_id ?? '', client_secret: '', refresh_token: '', scope: x?.scope ?? '', hosts: x?.hosts ?? '' }),
	fields: (x) => [
		{ key: 'name', label: t('set.name'), kind: 'text', max: 120, required: true },
		{ key: 'token_url', label: t('set.oauth.url'), hint: t('set.oauth.url.hint'), kind: 'text', max: 500, required: true },
		{ key: 'client_id', label: t('set.oauth.client'), kind: 'text', max: 500, required: true },
		{ key: 'client_secret', label: t('set.oauth.secret'), hint: x?.client_secret_set ? t('set.oauth.kept') : t('set.smtp.password'), kind: 'password', max: 2000 },
		{ key: 'refresh_token', label: t('set.oauth.refresh'), hint: x?.refresh_token_set ? t('set.oauth.kept') : t('set.oauth.refresh.hint'), kind: 'password', max: 8000, required: !x },
		{ key: 'scope', label: t('set.oauth.scope'), kind: 'text', max: 1000 },
		{ key: 'hosts', label: t('set.oauth.hosts'), hint: t('set.oauth.hosts.hint'), kind: 'text', max: 6000, required: true },
	],
};
const brandKind: Kind<Brand> = {
	right: 'admin.brands',
	list: async () => (brands = (await api.brand_list()).items),
	save: (id, b) => (id ? api.brand_patch({ id, body: b as Body }) : api.brand_create({ body: b as Body })),
	title: (x) => x.name,
	detail: (x) => x.base_url,
	word: off,
	values: (x) => ({ name: x?.name ?? '', slug: x?.slug ?? '', base_url: x?.base_url ?? '', language: x?.language ?? language(), active: x?.active ?? true }),
	fields: () => [
		{ key: 'name', label: t('set.name'), kind: 'text', max: 120, required: true },
		{ key: 'slug', label: t('set.brand.slug'), hint: t('set.brand.slug.hint'), kind: 'text', max: 60, required: true },
		{ key: 'base_url', label: t('set.brand.url'), hint: t('set.brand.url.hint'), kind: 'text', max: 500 },
		{ key: 'language', label: t('me.language'), kind: 'select', choices: languages },
		{ key: 'active', label: t('set.active'), kind: 'switch' },
	],
};
const people: Kind<Account> = {
	right: 'admin.users',
	list: async () => (await api.account_list()).items,
	save: (id, b) => (id ? api.account_patch({ id, body: b as Body }) : api.account_create({ body: b as Body })),
	title: (x) => x.name,
	detail: (x) => x.email,
	word: (x) => (!x.active ? t('set.off') : !x.has_password ? t('set.person.invited') : roleName(x.role)),
	values: (x) => ({
		name: x?.name ?? '',
		email: x?.email ?? '',
		role_id: x?.role_id ?? roles.find((r) => r.name === 'agent')?.id ?? '',
		all_lines: x?.all_lines ?? true,
		line_ids: x?.line_ids ?? [],
		all_brands: x?.all_brands ?? true,
		brand_ids: x?.brand_ids ?? [],
		language: x?.language ?? language(),
		active: x?.active ?? true,
	}),
	fields: (x) => [
		{ key: 'name', label: t('set.person.name'), kind: 'text', max: 120, required: true },
		{ key: 'email', label: t('login.email'), hint: t('set.person.email.hint'), kind: 'email', max: 320, required: true },
		{ key: 'role_id', label: t('set.role'), kind: 'select', ids: true, choices: roles.map((r) => ({ value: String(r.id), label: roleName(r.name) })), required: true },
		{ key: 'all_lines', label: t('set.person.alllines'), hint: t('set.person.alllines.hint'), kind: 'switch' },
		{ key: 'line_ids', label: t('rail.lines'), kind: 'many', ids: true, choices: pickLines(x?.line_ids), when: (v) => !v.all_lines },
		{ key: 'all_brands', label: t('set.person.allbrands'), kind: 'switch' },
		{ key: 'brand_ids', label: t('set.brands'), kind: 'many', ids: true, choices: pickBrands(x?.brand_ids), when: (v) => !v.all_brands },
		{ key: 'language', label: t('me.language'), kind: 'select', choices: languages },
		{ key: 'active', label: t('set.active'), hint: t('set.person.active.hint'), kind: 'switch' },
	],
};
const roleKind: Kind<Role> = {
	right: 'admin.users',
	list: async () => {
		const r = await api.role_list();
		allRights = r.all_rights;
		return (roles = r.items);
	},
	save: (id, b) => (id ? api.role_patch({ id, body: b as Body }) : api.role_create({ body: b as Body })),
	title: (x) => roleName(x.name),
	detail: (x) => (x.rights.length === allRights.length ? t('set.role.all') : t('set.role.rights', { n: x.rights.length })),
	word: (x) => (x.builtin ? t('set.role.builtin') : ''),
	values: (x) => ({ name: x?.name ?? '', rights: x?.rights ?? [] }),
	fields: () => [
		{ key: 'name', label: t('set.name'), kind: 'text', max: 120, required: true },
		{ key: 'rights', label: t('set.role.may'), kind: 'many', choices: allRights.map((r) => ({ value: r, label: rightName(r) })) },
	],
};
const fieldKind: Kind<CustomField> = {
	right: 'admin.fields',
	list: async () => (await api.field_list()).items,
	save: (id, b) => (id ? api.field_patch({ id, body: b as Body }) : api.field_create({ body: b as Body })),
	title: (x) => x.label,
	detail: (x) => `${t(`set.field.of.${x.object}`)} · ${t(`set.field.type.${x.type}`)} · ${x.key}`,
	word: off,
	values: (x) => ({
		object: x?.object ?? 'ticket',
		label: x?.label ?? '',
		key: x?.key ?? '',
		type: x?.type ?? 'text',
		choices: x?.choices ?? [],
		position: x?.position ?? 0,
		active: x?.active ?? true,
	}),
	fields: (x) => [
		...(x
			? []
			: ([
					{ key: 'object', label: t('set.field.of'), kind: 'select', choices: (['ticket', 'contact'] as const).map((v) => ({ value: v, label: t(`set.field.of.${v}`) })) },
					{ key: 'key', label: t('set.field.key'), hint: t('set.field.key.hint'), kind: 'text', max: 64, required: true },
					{ key: 'type', label: t('set.field.type'), kind: 'select', choices: (['text', 'number', 'date', 'choice', 'flag'] as const).map((v) => ({ value: v, label: t(`set.field.type.${v}`) })) },
				] satisfies Field[])),
		{ key: 'label', label: t('set.field.label'), kind: 'text', max: 120, required: true },
		{ key: 'choices', label: t('set.field.choices'), hint: t('set.field.choices.hint'), kind: 'lines', when: (v) => v.type === 'choice' },
		{ key: 'position', label: t('set.position'), kind: 'number', min: 0, max: 100000 },
		{ key: 'active', label: t('set.active'), kind: 'switch' },
	],
};

let previews: Map<number, RetentionPreview> = $state.raw(new Map());
const retention: Kind<RetentionRule> = {
	right: 'admin.privacy',
	list: async () => {
		const rules = (await api.retention_list()).items;
		previews = new Map(await Promise.all(rules.map(async (r) => [r.id, await api.retention_preview({ id: r.id })] as const)));
		return rules;
	},
	save: (id, b) => (id ? api.retention_patch({ id, body: b as Body }) : api.retention_create({ body: b as Body })),
	title: (x) => x.name,
	detail: (x) => {
		const p = previews.get(x.id);
		const what = [
			t('set.retention.what', { what: t(`set.retention.action.${x.action}`), days: x.age_days }),
			x.status ? tMaybe(`status.${x.status}`, x.status) : t('set.retention.over'),
			x.brand?.name ?? '',
			x.line?.name ?? '',
		]
			.filter(Boolean)
			.join(' · ');
		return p ? `${what} · ${t('set.retention.now', { n: p.tickets, held: p.held, most: p.per_run })}` : what;
	},
	word: off,
	values: (x) => ({
		name: x?.name ?? '',
		action: x?.action ?? 'erase',
		age_days: x?.age_days ?? 1095,
		status: x?.status ?? '',
		brand_id: x?.brand?.id ?? 0,
		line_id: x?.line?.id ?? 0,
		active: x?.active ?? false,
	}),
	fields: (x) => [
		{ key: 'name', label: t('set.name'), kind: 'text', max: 120, required: true },
		{ key: 'action', label: t('set.retention.action'), kind: 'select', choices: (['erase', 'attachments', 'close'] as const).map((v) => ({ value: v, label: t(`set.retention.action.${v}`) })) },
		{ key: 'age_days', label: t('set.retention.age'), hint: t('set.retention.age.hint'), kind: 'number', min: 1, max: 36500 },
		{ key: 'status', label: t('set.retention.status'), kind: 'select', choices: [{ value: '', label: t('set.retention.over') }, ...(['solved', 'closed', 'spam', 'pending'] as const).map((v) => ({ value: v, label: t(`status.${v}`) }))] },
		{ key: 'brand_id', label: t('side.brand'), kind: 'select', ids: true, choices: [{ value: '0', label: t('set.retention.all') }, ...pickBrands(x?.brand ? [x.brand.id] : [])] },
		{ key: 'line_id', label: t('bulk.line'), kind: 'select', ids: true, choices: [{ value: '0', label: t('set.retention.all') }, ...pickLines(x?.line ? [x.line.id] : [])] },
		{ key: 'active', label: t('set.active'), hint: t('set.retention.active.hint'), kind: 'switch' },
	],
};

let categories: Category[] = $state.raw([]);
const priorities = ['low', 'normal', 'high', 'urgent'] as const;
const factKinds: FactKind[] = ['order', 'amount', 'date', 'phone', 'tracking', 'city', 'photo'];
const factNames = (kinds: readonly string[]): string => kinds.map((k) => tMaybe(`fact.${k}`, k)).join(', ');
const brandPlace = (c: Category): number => c.brand_id ?? 0;
/** Who makes categories need not see the settings of brands: those that have some are known by them. */
const categoryBrands = (): Choice[] => {
	if (brands.length) return pickBrands();
	const known = new Map(categories.flatMap((c) => (c.brand_id === null ? [] : [[c.brand_id, c.brand ?? String(c.brand_id)] as const])));
	return [...known].map(([id, label]) => ({ value: String(id), label }));
};
/** Its own, else that of the category above. */
const lineOf = (c: Category): number | null => c.line_id ?? categories.find((p) => p.id === c.parent_id)?.line_id ?? null;
const categoryKind: Kind<Category> = {
	right: 'category.edit',
	list: async () => {
		categories = (await api.category_list()).items;
		// Those of all brands first, then brand by brand.
		const list = branches(categories, false);
		return list.sort((a, b) => brandPlace(a.category) - brandPlace(b.category)).flatMap((b) => [b.category, ...b.children]);
	},
	save: (id, b) => (id ? api.category_patch({ id, body: b as Body }) : api.category_create({ body: b as Body })),
	title: (x) => x.name,
	detail: (x) =>
		[
			lineOf(x) ? (directory.line(lineOf(x)!)?.name ?? '') : t('set.category.line.none'),
			x.facts.length ? t('set.category.needs', { what: factNames(x.facts) }) : '',
		]
			.filter(Boolean)
			.join(' · '),
	word: off,
	below: (x) => x.parent_id !== null && categories.some((c) => c.id === x.parent_id),
	group: (x) => (new Set(categories.map((c) => c.brand_id)).size > 1 ? (x.brand ?? t('set.retention.all')) : ''),
	values: (x) => ({
		name_ru: x?.name_ru ?? '',
		name_en: x?.name_en ?? '',
		parent_id: x?.parent_id ?? 0,
		brand_id: x?.brand_id ?? 0,
		line_id: x?.line_id ?? 0,
		priority: x?.priority ? priorities.indexOf(x.priority as (typeof priorities)[number]) + 1 : 0,
		facts: x?.facts ?? [],
		position: x?.position ?? categories.length,
		active: x?.active ?? true,
	}),
	fields: (x) => [
		{ key: 'name_ru', label: t('set.category.name.ru'), kind: 'text', max: 120, required: true },
		{ key: 'name_en', label: t('set.category.name.en'), kind: 'text', max: 120, required: true },
		{
			key: 'parent_id',
			label: t('set.category.parent'),
			// Two levels: what has children stays on the first.
			hint: x && categories.some((c) => c.parent_id === x.id) ? t('set.category.parent.has') : t('set.category.parent.hint'),
			kind: 'select',
			ids: true,
			choices: [
				{ value: '0', label: t('set.category.first') },
				...(x && categories.some((c) => c.parent_id === x.id)
					? []
					: branches(categories, false)
							.map((b) => b.category)
							.filter((c) => c.parent_id === null && c.id !== x?.id && (c.active || c.id === x?.parent_id) && (!x || c.brand_id === x.brand_id))
							.map((c) => ({ value: String(c.id), label: c.name }))),
			],
		},
		...(x || categoryBrands().length < 2 ? [] : ([{ key: 'brand_id', label: t('side.brand'), kind: 'select', ids: true, choices: [{ value: '0', label: t('set.retention.all') }, ...categoryBrands()] }] satisfies Field[])),
		{ key: 'line_id', label: t('bulk.line'), hint: t('set.category.line.hint'), kind: 'select', ids: true, choices: [{ value: '0', label: t('set.category.line.parent') }, ...pickLines(x?.line_id ? [x.line_id] : [])] },
		{ key: 'priority', label: t('side.priority'), kind: 'select', ids: true, choices: [{ value: '0', label: t('set.category.priority.stays') }, ...priorities.map((p, i) => ({ value: String(i + 1), label: t(`priority.${p}`) }))] },
		{ key: 'facts', label: t('set.category.facts'), hint: t('set.category.facts.hint'), kind: 'many', choices: factKinds.map((k) => ({ value: k, label: tMaybe(`fact.${k}`, k) })) },
		{ key: 'position', label: t('set.position'), kind: 'number', min: 0, max: 100000 },
		{ key: 'active', label: t('set.active'), hint: t('set.category.active.hint'), kind: 'switch' },
	],
};

export const kinds = { lines, inboxes, mailboxes, oauth, senders: senderKind, brands: brandKind, people, roles: roleKind, fields: fieldKind, retention, categories: categoryKind } as unknown as Record<Name, Kind<Thing>>;

/** One list with its forms. */
export class Entities {
	items: Thing[] = $state.raw([]);
	state: 'first' | 'ready' | 'failed' = $state('first');
	failure = $state('');
	readonly kind: Kind<Thing>;

	constructor(readonly name: Name) {
		this.kind = kinds[name];
	}
	async load(): Promise<void> {
		try {
			// Forms of these refer to the others.
			if (this.name === 'inboxes') await kinds.senders.list().catch(() => []);
			if (this.name === 'inboxes' || this.name === 'people' || this.name === 'senders' || this.name === 'retention' || (this.name === 'categories' && session.can('admin.brands'))) await kinds.brands.list().catch(() => []);
			if (this.name === 'people') await kinds.roles.list();
			if (this.name === 'senders') await kinds.oauth.list().catch(() => []);
			if (this.name === 'mailboxes') await Promise.all([kinds.inboxes.list(), kinds.oauth.list()]);
			this.items = await this.kind.list();
			this.state = 'ready';
		} catch (e) {
			this.failure = failureText(e);
			this.state = 'failed';
		}
	}
	/** The same list again, quietly: what cannot be had now stays as it was. */
	async freshen(): Promise<void> {
		this.items = await this.kind.list().catch(() => this.items);
	}
	/** Throws, for the form. */
	async save(item: Thing | null, changed: Values): Promise<Thing> {
		const saved = await this.kind.save(item?.id ?? null, item ? { ...changed, version: item.version } : changed);
		await this.load();
		void directory.load().catch(() => {});
		return saved;
	}
	/** Throws. Of a mailbox: connects without taking anything. */
	async try(id: number): Promise<MailboxTest> {
		return api.mailbox_test({ id });
	}
	/** Throws. Of a mailbox, a credential or a rule. */
	async remove(id: number): Promise<void> {
		await (this.name === 'oauth' ? api.oauth_delete({ id }) : this.name === 'retention' ? api.retention_delete({ id }) : api.mailbox_delete({ id }));
		await this.load();
	}
	async invite(id: number): Promise<{ url: string; expires_at: string }> {
		return api.account_invite({ id });
	}
}
