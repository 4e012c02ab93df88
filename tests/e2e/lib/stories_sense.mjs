// What the service understands: a category by hand, training on it, triage.
import { check, equal } from './suite.mjs';
import { until } from './browser.mjs';

const DELAY = ['The parcel is late, nine days in the sorting centre', 'Where is my parcel, the delivery is late', 'Late delivery again, the parcel has not moved', 'The courier is late with the parcel', 'My parcel is stuck in sorting', 'Delivery of the parcel takes too long'];
const MONEY = ['Please refund the money to my card', 'The refund has not come, where is my money', 'I was charged twice, refund one payment', 'Money back for the broken lamp', 'The card was charged, cancel the payment', 'When will the refund be on my card'];

export async function senseStories(w) {
	const { stage, ada } = w;
	const story = w.suite.story.bind(w.suite);
	const made = [];
	const said = async (subject, text) => {
		const t = await stage.api('POST', '/tickets', { subject, text, to: { address: 'anna@customer.test' }, from_customer: true });
		made.push(t.id);
		return t.id;
	};
	let delay = 0;
	let money = 0;
	let threshold = 60;

	await story('a category is set up; a ticket gets it by one choice and loses it by the way back', async () => {
		await ada.go('/settings/categories/new');
		await ada.field('set.category.name.en').fill('Delivery');
		await ada.field('set.category.name.ru').fill('Доставка');
		await ada.id('save').click();
		await ada.page.getByRole('heading', { name: 'Delivery', exact: true }).waitFor();
		const parent = (await stage.api('GET', '/categories')).items.find((c) => c.name_en === 'Delivery').id;
		delay = (await stage.api('POST', '/categories', { name_en: 'Late parcel', name_ru: 'Задержка', parent_id: parent, facts: ['order'] })).id;
		money = (await stage.api('POST', '/categories', { name_en: 'Refund', name_ru: 'Возврат денег' })).id;

		const id = await said('Parcel of nine days', DELAY[0]);
		await ada.go(`/tickets/${id}`);
		await ada.id('fix-category').click();
		await ada.page.getByRole('combobox', { name: ada.t('sense.find') }).fill('late parcel');
		await ada.page.keyboard.press('Enter');
		await ada.id('category').filter({ hasText: 'Late parcel' }).waitFor();
		await ada.id('missing').filter({ hasText: ada.t('fact.order') }).getByRole('button').click();
		await ada.id('fact-input').fill('417-2290');
		await ada.page.keyboard.press('Enter');
		await ada.id('fact').filter({ hasText: '417-2290' }).waitFor();
		equal(await ada.id('missing').count(), 0, 'facts missing');
		await ada.toast('Late parcel').getByRole('button', { name: ada.t('action.undo') }).click();
		await ada.id('category').waitFor({ state: 'detached' });
		await stage.api('POST', `/tickets/${id}/category`, { category_id: delay });
	});

	await story('what people decided is trained on; what is unsure waits for one key', async () => {
		for (const [texts, category] of [[DELAY.slice(1), delay], [MONEY, money]])
			for (const text of texts) await stage.api('POST', `/tickets/${await said(text.slice(0, 40), text)}/category`, { category_id: category });
		await ada.go('/training');
		await ada.id('train').click();
		await ada.id('model').first().waitFor();
		await ada.id('measures').getByText('Refund').waitFor();

		const rule = await stage.api('GET', '/sense-rule');
		threshold = rule.threshold;
		await stage.api('PATCH', '/sense-rule', { threshold: 100, version: rule.version });
		const id = await said('Money, and where is it', 'The refund is late, where is the money for the parcel');
		await until('triage', async () => (await stage.api('GET', `/tickets/${id}/sense`)).triage);
		await ada.go('/triage');
		const row = ada.id('triage-row').filter({ hasText: 'Money, and where is it' });
		await row.getByTestId('guess').first().waitFor();
		await until('the row in hand', async () => {
			if ((await row.getAttribute('data-current')) === 'true') return true;
			await ada.page.keyboard.press('j');
			return false;
		});
		await ada.page.keyboard.press('1');
		await row.waitFor({ state: 'detached' });
		await until('the category', async () => {
			const sense = await stage.api('GET', `/tickets/${id}/sense`);
			return sense.category_by === 'person' && !sense.triage && sense.category;
		});
		const now = await stage.api('GET', '/sense-rule');
		await stage.api('PATCH', '/sense-rule', { threshold: 0, version: now.version });
		check((await stage.api('GET', '/counts')).triage === 0, 'something is still in triage');
	});

	await story('what the service decided says why and is undone in the page; a correction teaches', async () => {
		const id = await said('Nine days late', 'The parcel is late again, where is the delivery');
		await until('the decision', async () => (await stage.api('GET', `/tickets/${id}/sense`)).category_by === 'model');
		await ada.go(`/tickets/${id}`);
		await ada.id('category').filter({ hasText: 'Late parcel' }).waitFor();
		await ada.id('why-open').click();
		await ada.id('why-popover').getByRole('listitem').first().waitFor();
		check(!(await ada.violations()).length, (await ada.violations()).join('\n'));
		await ada.page.keyboard.press('Escape');
		await ada.id('why-popover').waitFor({ state: 'hidden' });
		equal(await ada.page.evaluate(() => document.activeElement?.dataset.testid), 'why-open', 'the focus after Escape');
		await ada.page.keyboard.press('Enter');
		await ada.id('undo-decision').click();
		await ada.id('category').waitFor({ state: 'detached' });
		await ada.id('why').getByText(ada.t('sense.nothing')).waitFor();

		// Corrected by the keyboard alone; the mistake is on the training page.
		const before = (await stage.api('GET', '/training')).corrections;
		await ada.page.keyboard.press('c');
		await ada.page.getByRole('combobox', { name: ada.t('sense.find') }).fill('refund');
		await ada.page.keyboard.press('Enter');
		await ada.id('category').filter({ hasText: 'Refund' }).waitFor();
		equal((await stage.api('GET', '/training')).corrections, before + 1, 'corrections');
		await ada.go('/training');
		await ada.id('mistakes').getByRole('link', { name: 'Nine days late' }).waitFor();
		// What cannot be taken is told at its field, with its place.
		await ada.id('threshold').fill('500');
		await ada.id('threshold-wrong').waitFor();
		check(await ada.id('apply-threshold').isDisabled(), 'a threshold of 500 can be applied');
		await ada.id('threshold').fill('0');
		await ada.id('threshold-wrong').waitFor({ state: 'detached' });
		await ada.id('range').first().waitFor();
		ada.allow(/status of 422 .*sense-rule/);
		await ada.id('order-patterns').fill('999-9999\nORD-9{6');
		await ada.id('save-patterns').click();
		await ada.id('patterns-wrong').getByText('2:6').waitFor();
		await ada.id('order-patterns').fill('999-9999');
		await ada.id('save-patterns').click();
		await ada.id('save-patterns').waitFor({ state: 'detached' });
		equal((await stage.api('GET', '/sense-rule')).order_patterns, '999-9999', 'the shop\'s pattern');
		// A brand has its own.
		const other = await stage.api('POST', '/brands', { name: 'Second shop' });
		await ada.go('/training');
		await ada.id('rule-brand').selectOption(String(other.id));
		await ada.page.getByText(ada.t('train.rule.none')).waitFor();
		await ada.id('order-patterns').fill('AA-9{4,6}');
		await ada.id('save-patterns').click();
		await ada.page.getByText(ada.t('train.rule.own')).waitFor();
		equal((await stage.api('GET', `/sense-rule?brand_id=${other.id}`)).order_patterns, 'AA-9{4,6}', 'the brand\'s pattern');
		equal((await stage.api('GET', '/sense-rule')).order_patterns, '999-9999', 'the others\' pattern');
		await stage.api('PATCH', `/brands/${other.id}`, { active: false });
	});

	await story('a new category is usable after ten tickets', async () => {
		const broken = (await stage.api('POST', '/categories', { name_en: 'Broken', name_ru: 'Сломано' })).id;
		const words = ['broken', 'cracked', 'smashed', 'damaged', 'scratched', 'shattered', 'dented', 'torn', 'bent', 'crushed'];
		for (const [i, word] of words.entries()) {
			const id = await said(`Lamp ${i}`, `The lamp arrived ${word}, the glass is ${words[(i + 3) % 10]}`);
			if (i < 8) {
				await stage.api('POST', `/tickets/${id}/category`, { category_id: broken });
				continue;
			}
			await ada.go(`/tickets/${id}`);
			await ada.id('fix-category').click();
			await ada.page.getByRole('combobox', { name: ada.t('sense.find') }).fill('broken');
			await ada.page.keyboard.press('Enter');
			await ada.id('category').filter({ hasText: 'Broken' }).waitFor();
		}
		await ada.go('/training');
		await ada.id('train').click();
		await ada.id('measures').getByText('Broken').waitFor();
		await until('the model with it', async () => (await stage.api('GET', '/models')).items.some((m) => m.active && m.categories === 3));
		const id = await said('My lamp', 'My lamp arrived with broken glass');
		await until('its category', async () => (await stage.api('GET', `/tickets/${id}/sense`)).category_by === 'model');
		equal((await stage.api('GET', `/tickets/${id}/sense`)).category.id, broken, 'the category of the eleventh');
	});

	await story('urgent by a word goes first, and back by one click', async () => {
		const id = await said('Where is it now', 'My parcel has not come. URGENT');
		await until('urgent', async () => (await stage.api('GET', `/tickets/${id}`)).priority === 'urgent');
		await ada.go('/inbox/open');
		await until('it is the first', async () => (await ada.id('ticket-row').first().getAttribute('data-ticket')) === String(id));
		await ada.go('/training');
		await ada.id('urgent-use').getByRole('row').nth(1).waitFor();
		await ada.go(`/tickets/${id}`);
		await ada.id('undo-urgent').click();
		await ada.id('undo-urgent').waitFor({ state: 'detached' });
		equal((await stage.api('GET', `/tickets/${id}`)).priority, 'normal', 'the priority');
		const rule = await stage.api('GET', '/sense-rule');
		await stage.api('PATCH', '/sense-rule', { threshold, order_patterns: '', version: rule.version });
		// The lists are for the stories after these: a longer one shows its end only when it is scrolled.
		for (const id of made) await stage.api('PATCH', `/tickets/${id}`, { status: 'closed' });
		await ada.go('/inbox/open');
	});
}
