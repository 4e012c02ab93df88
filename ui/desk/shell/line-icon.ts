// A picture for a line, so that lines can be told apart where there is no room for names.
// By what such lines are usually called; the fork where nothing fits.
import CreditCard from '@lucide/svelte/icons/credit-card';
import CircleHelp from '@lucide/svelte/icons/circle-question-mark';
import PackageOpen from '@lucide/svelte/icons/package-open';
import Split from '@lucide/svelte/icons/split';
import Star from '@lucide/svelte/icons/star';
import Truck from '@lucide/svelte/icons/truck';
import Undo2 from '@lucide/svelte/icons/undo-2';
import Wrench from '@lucide/svelte/icons/wrench';

const known: [RegExp, typeof Truck][] = [
	[/логист|достав|курьер|посыл|deliver|logist|ship|courier/i, Truck],
	[/возврат|return|refund/i, Undo2],
	[/оплат|плат[её]ж|счет|счёт|деньг|pay|bill|invoice/i, CreditCard],
	[/отзыв|review/i, Star],
	[/техн|поддержк|tech|support|bug|ошибк/i, Wrench],
	[/качеств|товар|продукт|quality|product|goods/i, PackageOpen],
	[/общ|вопрос|general|question/i, CircleHelp],
];

export function lineIcon(name: string): typeof Truck {
	return known.find(([re]) => re.test(name))?.[1] ?? Split;
}
