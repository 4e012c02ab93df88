// Ways of mail that are set up by hand, and what may be erased, blocked out, held and stopped.
import { check, equal } from './suite.mjs';
import { until } from './browser.mjs';

const CARD = '4111 1111 1111 1111';

export async function privacyStories(w) {
	const { stage } = w;
	const story = w.suite.story.bind(w.suite);
	const eva = await w.sit();
	const dialog = () => eva.page.getByRole('dialog');
	/** What is said of one field, below it. */
	const wrong = (key) => eva.page.locator('.fd').filter({ has: eva.field(key) }).locator('.danger');
	const gone = (words) =>
		until(`${words} to leave the page`, async () => {
			const text = await eva.page.locator('body').innerText();
			return !words.some((x) => text.includes(x));
		}, 10_000);
	const save = async () => {
		await eva.id('save').click();
		await eva.toast(eva.t('set.saved')).waitFor();
	};

	await story('a mailbox is set up, with what is wrong beside its field, tried and removed', async () => {
		await eva.signIn(w.logins.admin.email, w.logins.admin.password);
		await eva.go('/settings/mailboxes');
		await eva.page.getByText(eva.t('set.none')).waitFor();
		await eva.page.getByRole('link', { name: eva.t('set.mailboxes.new') }).click();
		await eva.field('set.mailbox.host').fill('not a host');
		await eva.id('save').click();
		await wrong('set.smtp.user').waitFor();
		await eva.field('set.smtp.user').fill('help@shop.test');
		await eva.field('login.password').fill('a secret of the mailbox');
		eva.allow(/status of 422/);
		await eva.id('save').click();
		await wrong('set.mailbox.host').waitFor();
		equal(await eva.field('set.smtp.user').inputValue(), 'help@shop.test', 'what was typed');
		await eva.field('set.mailbox.host').fill('127.0.0.1');
		await save();
		const state = eva.id('mailbox-state');
		await state.getByRole('button', { name: eva.t('set.mailbox.test') }).click();
		await state.getByRole('status').locator('.danger').waitFor();
		// Without a reload: nobody answers there.
		await until('the new state', async () => !(await state.innerText()).includes(eva.t('set.mailbox.state.new')), 60_000);
		// Another server would drop the stored password: it is asked for, and nothing is saved before.
		await eva.field('set.mailbox.host').fill('mail.shop.test');
		await eva.id('again').waitFor();
		await eva.id('save').click();
		await wrong('login.password').waitFor();
		equal((await stage.api('GET', '/mailboxes')).items[0].host, '127.0.0.1', 'the stored host');
		await eva.field('login.password').fill('a secret of the other server');
		await save();
		check((await stage.api('GET', '/mailboxes')).items[0].password_set, 'the password went away');
		check(!(await eva.page.locator('body').innerText()).includes('a secret'), 'the password is shown');
		await state.getByRole('button', { name: eva.t('set.mailbox.delete'), exact: true }).click();
		await state.getByRole('button', { name: eva.t('set.mailbox.delete.sure') }).click();
		await eva.page.getByText(eva.t('set.none')).waitFor();
	});

	await story('a sender is set up, with what is wrong beside its field, and tried', async () => {
		await eva.go('/settings/senders/new');
		await eva.field('set.name').fill('Our Postfix');
		await eva.field('set.smtp.host').fill('127.0.0.1');
		await eva.field('set.smtp.tls').selectOption('none');
		await eva.field('set.smtp.port').fill(String(stage.facts.smtp_port));
		await eva.field('set.sender.auth').selectOption('none');
		await eva.field('set.sender.serves').fill('no@body@here');
		eva.allow(/status of 422/);
		await eva.id('save').click();
		await wrong('set.sender.serves').waitFor();
		await eva.field('set.sender.serves').fill('shop.test');
		await save();
		await eva.field('message.to').fill('boris@customer.test');
		await eva.id('sender-test').click();
		await eva.page.locator('[data-testid=sender-said][data-sent=true]').waitFor();
		await stage.letter('boris@customer.test', 'Our Postfix');
	});

	let card;
	await story('a card number is blocked out of a message', async () => {
		await stage.send('pia@customer.test', 'Charged twice', `My card is ${CARD}, and the word is sesame.\n`);
		card = await stage.ticket('Charged twice');
		await eva.go(`/tickets/${card.id}`);
		const m = eva.message('My card is', 'customer');
		await m.getByRole('button', { name: eva.t('message.details') }).click();
		await eva.id('redact-open').click();
		await dialog().getByRole('checkbox', { checked: true }).first().waitFor();
		await dialog().getByLabel(eva.t('redact.field.text')).evaluate((el) => {
			const at = el.value.indexOf('sesame');
			el.setSelectionRange(at, at + 6);
		});
		await dialog().getByRole('button', { name: eva.t('redact.take') }).last().click();
		await dialog().getByText('sesame', { exact: true }).waitFor();
		await eva.id('redact').click();
		await eva.toast(eva.t('redact.done')).waitFor();
		await m.getByText('█').waitFor();
		await gone([CARD, 'sesame']);
		await until('the index', async () => !(await stage.api('GET', '/search?q=sesame')).items.length);
	});

	const contact = async () => (await stage.api('GET', `/tickets/${card.id}`)).contact.id;
	await story('a legal hold keeps a customer from being erased, until it is lifted', async () => {
		await eva.visit(`/contacts/${await contact()}`);
		await eva.button('hold.set').click();
		await dialog().getByLabel(eva.t('hold.reason')).fill('Claim 7');
		await dialog().getByRole('button', { name: eva.t('hold.set'), exact: true }).click();
		await eva.id('hold').getByText('Claim 7').waitFor();
		await eva.id('erase-open').click();
		await eva.id('erase-held').getByText('Claim 7').waitFor();
		equal(await eva.id('erase').count(), 0, 'the button that erases');
		await eva.page.keyboard.press('Escape');
		const refused = await stage.api('POST', `/contacts/${await contact()}/erase`, { confirm: 'Pia' }).then(() => '', String);
		check(refused.includes('409'), `the server: ${refused}`);
		await eva.visit('/settings/privacy');
		await eva.id('hold').getByRole('button', { name: eva.t('hold.lift') }).click();
		await dialog().getByText('Claim 7').waitFor();
		check(await eva.id('hold').count(), 'a click alone lifts a hold');
		await dialog().getByLabel(eva.t('hold.lift.note')).fill('Claim settled');
		await dialog().getByRole('button', { name: eva.t('hold.lift'), exact: true }).click();
		await eva.id('hold').waitFor({ state: 'detached' });
	});

	await story('a customer is erased by typing the name, and nothing of them is left to be seen', async () => {
		await eva.visit(`/contacts/${await contact()}`);
		await eva.id('erase-open').click();
		const name = dialog().getByRole('textbox');
		await name.fill('Somebody else');
		check(await eva.id('erase').isDisabled(), 'it can be erased by another name');
		await name.fill('Pia');
		await eva.id('erase').click();
		await dialog().getByText(eva.t('erase.done')).waitFor();
		await dialog().getByRole('button', { name: eva.t('action.close'), exact: true }).last().click();
		await eva.page.getByRole('heading', { level: 1, name: eva.t('contact.erased') }).waitFor();
		await eva.visit(`/tickets/${card.id}`);
		await eva.id('erased').first().waitFor();
		await gone(['Pia', 'pia@customer.test', 'Charged twice', 'My card']);
		equal((await stage.api('GET', '/search?q=pia')).items.length, 0, 'what is found by the name');
		await eva.visit('/settings/privacy');
		await eva.page.getByRole('cell', { name: eva.t('erase.kind.contact') }).waitFor();
		await eva.page.getByRole('cell', { name: eva.t('erase.stage.done') }).first().waitFor();
	});

	await story('a rule of retention is made, tells what it would take, and is removed', async () => {
		await eva.go('/settings/retention/new');
		await eva.field('set.name').fill('Three years');
		equal(await eva.field('set.retention.status').locator('option:checked').innerText(), eva.t('set.retention.over'), 'the status shown first');
		equal(await eva.field('set.retention.status').locator('option[value=""]').count(), 1, 'choices without a value');
		await eva.field('set.retention.age').fill('0');
		eva.allow(/status of 422/);
		await eva.id('save').click();
		await wrong('set.retention.age').waitFor();
		await eva.field('set.retention.age').fill('1095');
		await save();
		await eva.visit('/settings/retention');
		await eva.id('thing').filter({ hasText: eva.t('set.retention.over') }).waitFor();
		await eva.id('thing').filter({ hasText: eva.t('set.retention.now', { n: 0, held: 0, most: '1,000' }) }).click();
		await eva.id('remove').click();
		await eva.id('remove').click();
		await eva.page.getByText(eva.t('set.none')).waitFor();
	});

	await story('sending is stopped with a reason, answers wait, and leave when it is resumed', async () => {
		// An acknowledgement has no author, and says whose it is.
		const boxes = (await stage.api('GET', '/inboxes')).items.filter((i) => i.active);
		for (const i of boxes) await stage.api('PATCH', `/inboxes/${i.id}`, { autoack: true });
		await stage.send('lena@customer.test', 'Before the stop', 'Hello\n');
		const t = await stage.ticket('Before the stop');
		await eva.visit(`/tickets/${t.id}`);
		await eva.page.locator('[data-testid=message][data-kind=system]').getByText(eva.t('message.ourauto')).waitFor();
		for (const i of boxes) await stage.api('PATCH', `/inboxes/${i.id}`, { autoack: i.autoack });
		await eva.visit('/settings/system');
		await eva.page.getByRole('textbox', { name: eva.t('set.system.pause.note') }).fill('Wrong addresses');
		await eva.id('pause').click();
		await eva.id('no-send').getByText('Wrong addresses').waitFor();
		await eva.id('resume').waitFor();
		await stage.api('POST', `/tickets/${t.id}/messages`, { kind: 'agent', text: 'It waits.' });
		await eva.visit(`/tickets/${t.id}`);
		await eva.message('It waits.').getByText(eva.t('delivery.stopped')).waitFor();
		await eva.visit('/settings/system');
		await until('the waiting letter', async () => (await stage.api('GET', '/system')).outbox_waiting > 0);
		equal((await stage.letters('lena@customer.test')).filter((l) => l.text.includes('It waits.')).length, 0, 'letters while it is stopped');
		await eva.id('resume').click();
		await eva.id('no-send').waitFor({ state: 'detached' });
		await stage.letter('lena@customer.test', 'It waits.');
		await eva.go('/settings/senders');
		await eva.id('thing').filter({ hasText: 'Our Postfix' }).click();
		await eva.page.getByRole('switch', { name: eva.t('set.active'), exact: true }).click();
		await save();
	});
	await w.suite.dismiss(eva);
}
