// What agents do with tickets: notes, side threads, refusals, merging, many at once, finding.
import { check, equal } from './suite.mjs';
import { gate, until } from './browser.mjs';

export async function workStories(w) {
	const { stage, ada, olga } = w;
	const story = w.suite.story.bind(w.suite);
	const anna = 'anna@customer.test';

	await story('a note is for the team alone', async () => {
		await stage.send(anna, 'Refund please', 'I want my money back\n');
		for (const p of [ada, olga]) await p.open('Refund please');
		const before = (await stage.letters(anna)).length;
		await ada.write('Second time this year, be generous', 'note');
		await ada.page.keyboard.press('Control+Enter');
		for (const p of [ada, olga]) await p.message('be generous', 'note').waitFor();
		// An answer that leaves afterwards: nothing of the note went before it or with it.
		await ada.write('We shall refund it today.', 'reply');
		await ada.id('send').click();
		await stage.letter(anna, 'refund it today');
		const letters = await stage.letters(anna);
		equal(letters.length, before + 1, 'letters to the customer');
		check(!letters.some((l) => l.all.includes('generous')), 'the note went to the customer');
	});

	await story('an unresolved placeholder blocks sending', async () => {
		// The letter of the story before may be at the customer's sooner than in the thread.
		await ada.message('refund it today', 'agent').waitFor();
		const before = await ada.message().count();
		await ada.write('Dear {{name}}, it is %%day%%.', 'reply');
		await ada.id('placeholder-block').filter({ hasText: ada.t('block.placeholder', { n: 2 }) }).waitFor();
		check(await ada.id('send').isDisabled(), 'Send is not switched off');
		await ada.text.focus();
		await ada.page.keyboard.press('Control+Enter');
		equal(await ada.text.evaluate((el) => el.value.slice(el.selectionStart, el.selectionEnd)), '{{name}}', 'what is selected');
		equal(await ada.id('outbox').count(), 0, 'messages on their way');
		equal(await ada.message().count(), before, 'messages in the thread');
		await ada.id('placeholder-block').filter({ hasText: '{{name}}, %%day%%' }).waitFor();
		// What the page knows is filled in as it is typed, and the caret stays where it was.
		await ada.write('');
		await ada.text.pressSequentially('{{contact.name|you}}, it is {{ticket.id}}.');
		await until('the values', async () => /^[^{}]+, it is \d+\.$/.test(await ada.text.inputValue()));
		await ada.write('Dear Anna, it is Monday.');
		check(await ada.id('send').isEnabled(), 'Send stays switched off');
		await ada.write('');
	});

	await story('a draft survives a reload', async () => {
		await ada.write('Half a sen', 'reply');
		await ada.page.getByText(ada.t('composer.saved')).waitFor();
		await ada.page.reload();
		await until('the draft', async () => (await ada.text.inputValue()) === 'Half a sen');
		await ada.write('');
		await ada.live();
	});

	await story('an answer to what is out of date is refused and kept', async () => {
		await stage.send(anna, 'Change the address', 'Send it to Lesnaya 5\n');
		await ada.open('Change the address');
		await olga.open('Change the address');
		const typed = 'It goes to Lesnaya 5.';
		await ada.write(typed, 'reply');
		// While this request is under way, the colleague answers.
		const held = gate();
		const released = gate();
		await ada.page.route('**/api/v1/tickets/*/messages', async (r) => {
			if (r.request().method() !== 'POST') return r.continue();
			held.open();
			await released.passed;
			await r.continue();
		});
		ada.allow(/status of 409/);
		await ada.page.keyboard.press('Control+Enter');
		await held.passed;
		await olga.write('I have it: Lesnaya 5.', 'reply');
		await olga.id('send').click();
		await olga.message('I have it', 'agent').waitFor();
		released.open();
		const refusal = ada.id('overtaken');
		await refusal.getByText('Olga Agent').waitFor();
		equal(await ada.text.inputValue(), typed, 'the text that was typed');
		await ada.message('I have it', 'agent').waitFor();
		check(!(await stage.letters(anna)).some((l) => l.text.includes(typed)), 'the late answer left');
		await ada.page.unroute('**/api/v1/tickets/*/messages');
		await refusal.getByRole('button', { name: ada.t('overtaken.anyway') }).click();
		await ada.message(typed, 'agent').waitFor();
		await refusal.waitFor({ state: 'detached' });
		await stage.letter(anna, typed);
	});

	await story('a side thread goes to the courier and his answer comes only here', async () => {
		await stage.send(anna, 'Parcel is late', 'Where is my parcel?\n');
		await ada.open('Parcel is late');
		await ada.id('tab-side').click();
		const composer = ada.id('composer');
		await composer.getByLabel(ada.t('message.to'), { exact: true }).fill('dispatch@courier.test');
		await composer.getByLabel(ada.t('message.subject'), { exact: true }).fill('Parcel 171');
		await ada.write('Where is parcel 171?');
		await ada.id('send').click();
		await ada.message('Where is parcel 171?', 'side').waitFor();
		const ask = await stage.letter('dispatch@courier.test', 'Where is parcel 171?');
		check(!ask.all.includes('anna@'), 'the courier sees the address of the customer');
		await stage.answer('dispatch@courier.test', ask, 'It is on the van, arrives at six.\n');
		await ada.message('It is on the van', 'side').waitFor();
		await ada.write('It comes at six today.', 'reply');
		await ada.id('send').click();
		await stage.letter(anna, 'It comes at six today.');
		check(!(await stage.letters(anna)).some((l) => /van|courier/.test(l.all)), 'the customer sees the side thread');
		// The side panel shows that thread alone.
		await ada.id('side').getByRole('button', { name: 'Parcel 171' }).click();
		await until('the side thread alone', async () => (await ada.message().count()) === 2);
		await ada.page.getByRole('button', { name: ada.t('side.all') }).click();
		await ada.message('Where is my parcel?', 'customer').waitFor();
	});

	await story('tickets merge and part again', async () => {
		await stage.send('boris@customer.test', 'Lamp flickers', 'one\n');
		await stage.send('boris@customer.test', 'And it hums', 'two\n');
		const [a, b] = [await stage.ticket('Lamp flickers'), await stage.ticket('And it hums')];
		await ada.open('And it hums');
		await ada.id('ticket').getByRole('button', { name: ada.t('action.more'), exact: true }).click();
		await ada.page.getByRole('menuitem', { name: ada.t('cmd.merge') }).click();
		const dialog = ada.page.getByRole('dialog', { name: ada.t('cmd.merge') });
		await dialog.getByRole('radio', { name: 'Lamp flickers' }).check();
		await ada.id('merge-do').click();
		await ada.page.getByRole('heading', { level: 1, name: 'Lamp flickers' }).waitFor();
		await until('both letters in one ticket', async () => (await ada.message(undefined, 'customer').count()) === 2);
		equal((await stage.api('GET', `/tickets/${b.id}`)).merged_into, a.id, 'merged_into');
		await until('one row', async () => (await ada.row('And it hums').count()) === 0);
		await ada.id('side').getByTestId('undo-merge').click();
		await until('one letter in it', async () => (await ada.message(undefined, 'customer').count()) === 1);
		await ada.row('And it hums').waitFor();
		equal((await stage.api('GET', `/tickets/${b.id}`)).merged_into, null, 'merged_into after the undo');
		equal((await stage.messages(b.id)).map((m) => m.text.trim()).join(), 'two', 'messages that went back');
	});

	await story('tags are made, put on and taken off', async () => {
		await ada.id('add-tag').click();
		await ada.page.getByRole('combobox', { name: ada.t('side.tags') }).fill('warranty');
		await ada.page.keyboard.press('Enter');
		const tag = ada.id('side').getByText('warranty', { exact: true });
		await tag.waitFor();
		const t = await stage.ticket('Lamp flickers');
		await until('the tag on the server', async () => (await stage.api('GET', `/tickets/${t.id}`)).tags.some((x) => x.name === 'warranty'));
		await ada.id('side').getByRole('button', { name: `${ada.t('action.remove')}: warranty` }).click();
		await until('no tag on the server', async () => !(await stage.api('GET', `/tickets/${t.id}`)).tags.length);
	});

	await story('many are changed at once', async () => {
		const subjects = ['Lamp flickers', 'And it hums'];
		for (const s of subjects) {
			const row = ada.page.getByRole('listitem').filter({ has: ada.row(s) });
			await row.hover();
			await row.getByRole('checkbox').click();
		}
		const bar = ada.id('bulk-bar');
		await bar.getByText(ada.t('list.selected', { n: 2 })).waitFor();
		await bar.getByRole('button', { name: ada.t('bulk.assign') }).click();
		await ada.choose('Olga Agent');
		await ada.toast(ada.t('bulk.done', { n: 2 })).waitFor();
		await bar.waitFor({ state: 'detached' });
		for (const s of subjects) equal((await stage.ticket(s)).assignee?.name, 'Olga Agent', `assignee of ${s}`);
		await ada.rest();
		// The colleague's own list has both now, without loading.
		await olga.page.getByRole('link', { name: olga.t('view.mine') }).first().click();
		for (const s of subjects) await olga.row(s).waitFor();
		await olga.rest();
		for (const s of subjects) {
			const row = olga.page.getByRole('listitem').filter({ has: olga.row(s) });
			await row.hover();
			await row.getByRole('checkbox').click();
		}
		await olga.id('bulk-bar').getByRole('button', { name: olga.t('bulk.status') }).click();
		await olga.choose(olga.t('status.on_hold'));
		await olga.toast(olga.t('bulk.done', { n: 2 })).waitFor();
		for (const s of subjects) equal((await stage.ticket(s)).status, 'on_hold', `status of ${s}`);
		await olga.rest();
		await olga.page.getByRole('link', { name: olga.t('view.open') }).first().click();
		await olga.list('open').waitFor();
	});

	await story('new rows wait while the pointer is in the list', async () => {
		await stage.send('boris@customer.test', 'Held row one', 'x\n');
		await ada.row('Held row one').waitFor();
		await ada.row('Held row one').hover();
		await stage.send('boris@customer.test', 'Held row two', 'x\n');
		const more = ada.id('show-more-new');
		await more.filter({ hasText: ada.t('list.more', { n: 1 }) }).waitFor();
		equal(await ada.row('Held row two').count(), 0, 'the new row under the pointer');
		await more.click();
		await ada.row('Held row two').waitFor();
		await ada.rest();
	});

	await story('solving without an answer asks for the reason', async () => {
		await ada.open('Held row one');
		await ada.id('solve').click();
		const dialog = ada.page.getByRole('dialog', { name: ada.t('reason.title') });
		await dialog.getByLabel(ada.t('reason.label')).fill('He phoned meanwhile');
		await dialog.getByRole('button', { name: ada.t('cmd.solve') }).click();
		await ada.message('He phoned meanwhile', 'note').waitFor();
		await ada.id('status').filter({ hasText: ada.t('status.solved') }).waitFor();
		await ada.page.getByRole('link', { name: ada.t('view.solved') }).first().click();
		await ada.row('Held row one').waitFor();
		await ada.page.getByRole('link', { name: ada.t('view.open') }).first().click();
	});

	await story('search finds a Russian word in any case, by its beginning', async () => {
		await ada.go('/search');
		await until('the hit', async () => {
			// The index is filled behind the letters.
			await ada.id('search-input').fill('');
			await ada.id('search-input').fill('КУРЬЕР');
			return ada.id('search-hit').filter({ hasText: 'Where is order 171' }).waitFor({ timeout: 2000 }).then(() => true, () => false);
		});
		check((await ada.id('search-hit').first().locator('mark').first().innerText()).toLowerCase().startsWith('курьер'), 'the word is marked');
		await ada.id('search-hit').filter({ hasText: 'Where is order 171' }).click();
		await ada.message('жду курьера', 'customer').waitFor();
	});

	await story('search narrows by fields, offers them, and guesses what was meant', async () => {
		const input = ada.id('search-input');
		const found = ada.id('search-hit').filter({ hasText: 'Where is order 171' });
		await ada.go('/search');
		// A value that is being typed need not be one yet.
		ada.allow(/status of 422/);
		// Another form of the word, and a filter from the keyboard alone.
		await input.pressSequentially('курьеру from:anna sta');
		await ada.id('search-offers').getByRole('option', { name: 'status:' }).waitFor();
		await ada.page.keyboard.press('Tab');
		await input.pressSequentially('so');
		await ada.page.keyboard.press('ArrowDown');
		await ada.page.keyboard.press('Enter');
		equal(await input.inputValue(), 'курьеру from:anna status:solved ', 'the query');
		await ada.page.getByText(ada.t('search.none')).waitFor();
		equal(await ada.id('search-chip').count(), 2, 'chips');
		await ada.id('search-chip').nth(1).click();
		await ada.id('search-chip').first().click();
		await found.waitFor();
		await ada.page.keyboard.press('ArrowDown');
		await until('the first hit in focus', () => ada.id('search-hit').first().evaluate((el) => el === document.activeElement));
		// The wrong keyboard layout.
		await input.fill('rehmthe ');
		await ada.id('search-instead').getByText('курьеру').waitFor();
		await found.waitFor();
		// A value that there is not is named with those that there are.
		await input.fill('x line:nowhere');
		await ada.id('search-failed').filter({ hasText: 'line:nowhere' }).waitFor();
		// What is no field is told, with the one that was meant.
		await input.fill('stats:open курьеру ');
		await ada.id('search-unknown').getByRole('button', { name: 'status:' }).click();
		equal(await input.inputValue(), 'status:open курьеру ', 'the field that was meant');
		await input.fill('-курьеру');
		await ada.id('search-only-without').waitFor();
		// A whole letter pasted, and what cannot be looked for.
		await input.fill('письмо '.repeat(1500));
		await ada.id('search-failed').filter({ hasText: ada.t('search.toolong', { n: '@' }).split('@')[0] }).waitFor();
		await input.fill('\u200b💡');
		await ada.page.getByText(ada.t('search.nowords')).waitFor();
		await input.fill('');
	});

	await story('an article of the handbook is found beside tickets, in the palette, and read', async () => {
		const body = '## Когда\n\nДеньги за **велосипед** придут за три дня: [условия](https://shop.test/terms) и <b onclick="x()">не разметка</b>.\n\n- карта\n- счёт';
		await stage.api('POST', '/articles', { items: [{ language: 'ru', title: 'Сроки возврата велосипеда', body, questions: ['когда вернут деньги'] }] });
		await ada.go('/search');
		const found = ada.id('search-article').filter({ hasText: 'Сроки возврата' });
		await until('the article', async () => {
			await ada.id('search-input').fill('');
			await ada.id('search-input').fill('велосипеды возврат');
			return found.waitFor({ timeout: 2000 }).then(() => true, () => false);
		});
		equal(await found.locator('mark').count() >= 3, true, 'words are marked in the title and in the text');
		// The wrong keyboard layout; nothing is there that says so exactly.
		await ada.id('search-input').fill('dtkjcbgtl ');
		await ada.id('search-instead').getByText('велосипед').waitFor();
		await found.click();
		await ada.page.getByRole('heading', { level: 1, name: 'Сроки возврата велосипеда' }).waitFor();
		const page = ada.id('article-page');
		await page.getByRole('listitem').filter({ hasText: 'карта' }).waitFor();
		equal(await page.getByRole('link', { name: 'условия' }).getAttribute('href'), 'https://shop.test/terms', 'the link');
		await page.getByText('<b onclick="x()">не разметка</b>').waitFor();
		await ada.page.goBack();
		await ada.page.keyboard.press('Control+k');
		const palette = ada.page.getByTestId('palette');
		await palette.getByRole('combobox').fill('велосипед');
		await palette.getByRole('group', { name: ada.t('handbook.title') }).getByRole('option').click();
		await ada.page.getByRole('heading', { level: 1, name: 'Сроки возврата велосипеда' }).waitFor();
		ada.allow(/status of 404/);
		await ada.go('/articles/999999');
		await ada.page.getByRole('alert').waitFor();
	});

	await story('the palette goes to a ticket by number and does deeds', async () => {
		const t = await stage.ticket('Broken lamp');
		await ada.page.keyboard.press('Control+k');
		const palette = ada.page.getByTestId('palette');
		await palette.getByRole('combobox').fill(`#${t.id}`);
		await palette.getByRole('option').first().waitFor();
		await ada.page.keyboard.press('Enter');
		await ada.page.getByRole('heading', { level: 1, name: 'Broken lamp' }).waitFor();
		await palette.waitFor({ state: 'detached' });
	});

	await story('the palette says what it does not understand, and shows nothing older beside it', async () => {
		await ada.page.keyboard.press('Control+k');
		const palette = ada.page.getByTestId('palette');
		await palette.getByRole('combobox').fill('lamp');
		await palette.getByRole('option').filter({ hasText: 'Broken lamp' }).first().waitFor();
		ada.allow(/status of 4\d\d/);
		await palette.getByRole('combobox').fill('status:nowhere lamp');
		await palette.getByTestId('palette-failure').filter({ hasText: 'status:nowhere' }).waitFor();
		equal(await palette.getByRole('option').filter({ hasText: 'Broken lamp' }).count(), 0, 'older hits');
		await palette.getByRole('combobox').fill('lamp');
		await palette.getByRole('option').filter({ hasText: 'Broken lamp' }).first().waitFor();
		equal(await palette.getByTestId('palette-failure').count(), 0, 'an older refusal');
		// A command by its name in the other language, and typed in the other layout.
		await palette.getByRole('combobox').fill('настройки');
		await palette.getByRole('option', { name: ada.t('rail.settings') }).waitFor();
		await palette.getByRole('combobox').fill('ыуеештпы');
		await palette.getByTestId('palette-meant').filter({ hasText: 'settings' }).waitFor();
		await palette.getByRole('option', { name: ada.t('rail.settings') }).waitFor();
		equal((await ada.violations()).join('\n'), '', 'axe on the palette');
		await ada.page.keyboard.press('Escape');
	});

	await story('a conversation is begun by us', async () => {
		await ada.page.getByRole('link', { name: ada.t('rail.new') }).click();
		await ada.page.getByLabel(ada.t('message.to'), { exact: true }).fill('friend@friend.test');
		await ada.page.getByLabel(ada.t('message.subject'), { exact: true }).fill('Your prize');
		await ada.page.getByLabel(ada.t('new.text'), { exact: true }).fill('You have won a lamp.');
		await ada.id('send-new').click();
		await ada.page.getByRole('heading', { level: 1, name: 'Your prize' }).waitFor();
		const letter = await stage.letter('friend@friend.test', 'You have won a lamp.');
		await stage.answer('friend@friend.test', letter, 'Send it over!\n');
		await ada.message('Send it over!', 'customer').waitFor();
	});
}
