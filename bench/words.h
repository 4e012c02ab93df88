/* words.h: what the bench's data is written with: words in the order of how often they are used,
 * names, domains. Separated by single spaces; lower case, letters only, without yo. */
#ifndef OTKLIK_BENCH_WORDS_H
#define OTKLIK_BENCH_WORDS_H

#define WORDS_EN                                                                                   \
	"the to i a and is it my for of in you not have this was order on with that but please "   \
	"be can are your we from at me at has no when will would as if been do so or delivery "    \
	"still could they account received email payment there which yesterday today what an "     \
	"after number out just an only back now because thank days parcel again money card "       \
	"already how did get up one same address hello time refund send more day tried site "      \
	"help new another item need bought two our size paid returned see all sent broken very "   \
	"week phone price wrong work since were any find message before code thanks screen "       \
	"month long week than password wait box write answer call until order changed colour "     \
	"where told page open lamp bank twice courier why problem service shows three support "    \
	"then first last check invoice some error ago office part buy hours say confirm weight "   \
	"point date window old status customer list way whole photo missing model right next "     \
	"attached too discount receipt between button leave door city charged hope asked manager " \
	"soon replace repair working arrived late cable blue place warranty without form short "   \
	"black white delivered tracking promised damaged return exchange shop store warehouse "    \
	"packed leaflet glass battery charger plug switch shade bulb stand left heavy light "      \
	"cancel subscription monthly renew points balance gift voucher expired apply cart basket " \
	"login sign browser update version reset link click loading blank loaded crash android "   \
	"tablet laptop print settings language notification confirmed pending transfer amount "    \
	"currency tax company name contract document sign stamp scan copy original certificate "   \
	"quality smell scratch dent stain torn seam zip fabric sleeve fits larger smaller "        \
	"measure table chart guide manual instructions assemble screws missing drill wall shelf "  \
	"drawer handle hinge kitchen chair desk carpet curtain mirror garden hose pump filter "    \
	"summer winter evening morning noon weekend holiday neighbour entrance floor lift "        \
	"intercom"

#define WORDS_RU                                                                                                                                                               \
	"и в не я на что с заказ у меня по мне это как за а но вы от до мой пожалуйста так же из "              \
	"уже вчера был доставка если для заказа бы ваш все сегодня его она нет очень можно день "        \
	"или ли когда деньги здравствуйте посылка спасибо вам то только есть он они было номер "        \
	"почему еще адрес оплата добрый во после дня мы сайте карты где нужно заказала пришел "          \
	"курьер возврат заказал два прошу получила один чтобы раз дней мне моя почте товар "               \
	"письмо ответ сколько цена помогите пишу опять оплатила пришла другой размер быть теперь "  \
	"будет через вернуть новый коробка статус могу неделю назад ничего цвет там потом пункт "     \
	"выдачи при магазине чек сообщение оператор телефон рублей хочу сразу код время месяц "        \
	"проверьте ошибка сказали кабинет лампа хотя без даже этот нам вас него которые заявку "       \
	"ждать получить скажите работает пароль города склад списали дважды вместо баллы часов "     \
	"больше скидка подскажите три сделать вопрос банк отменить упаковка плафон доставили "        \
	"обещали срок брак магазин менять деталь вчерашний разбитый царапина гарантия ремонт "        \
	"квитанция перевод сумма счет договор документ подпись печать скан копия оригинал "              \
	"сертификат качество запах пятно шов молния ткань рукав мал велик таблица инструкция "         \
	"сборка винты стена полка ящик ручка петля кухня стул стол ковер штора зеркало сад шланг "    \
	"насос фильтр лето зима вечер утро выходные праздник сосед подъезд этаж лифт домофон "          \
	"подписка продлить баланс подарок сертификата истек корзина вход браузер обновление "         \
	"версия сброс ссылка кнопка загрузка пустая страница экран вылетает планшет ноутбук "          \
	"настройки язык уведомление подтвердить ожидает валюта налог компания название менеджер " \
	"служба поддержки отзыв жалоба претензия руководство начальник объясните ситуация "            \
	"невозможно дозвониться терпение благодарю заранее ответьте скорее надеюсь пожелания "      \
	"батарея зарядка вилка выключатель абажур лампочка подставка левый правый тяжелый "             \
	"легкий черный белый синий красный зеленый серый длинный короткий узкий широкий"

#define NAMES_EN                                                                                   \
	"Anna John Mary Peter Emma James Olivia Robert Sophie Michael Grace David Lucy Daniel "    \
	"Helen Thomas Alice George Laura Simon Karen Oliver Julia Martin"
#define SURNAMES_EN                                                                                \
	"Smith Jones Taylor Brown Wilson Evans Walker White Roberts Green Hall Wood Clark Hughes " \
	"Edwards Turner Hill Cooper Ward Morris Moore Baker Harris King Allen Young Wright Scott"
#define NAMES_RU                                                                                                                                                        \
	"Анна Иван Мария Петр Ольга Сергей Елена Алексей Наталья Дмитрий Ирина Андрей Татьяна " \
	"Михаил Светлана Павел Юлия Николай Екатерина Максим Дарья Игорь Вера Олег"
#define SURNAMES_RU                                                                                                                                                     \
	"Кузнецов Попов Смирнов Соколов Лебедев Козлов Новиков Морозов Волков Павлов Семенов " \
	"Голубев Виноградов Богданов Воробьев Федоров Михайлов Беляев Тарасов Белов Комаров "  \
	"Орлов Киселев Макаров Андреев Ковалев Ильин Гусев"
/* Of addresses: Latin letters for both languages. */
#define NAMES_PLAIN                                                                                \
	"anna ivan maria petr olga sergey elena alex natalia dmitry irina andrey tatiana mike "    \
	"svetlana pavel julia nick kate max daria igor vera oleg john emma helen tom"
#define DOMAINS "mail.test post.test inbox.test company.test work.test home.test"
#define TAGS                                                                                       \
	"refund delivery vip damaged late payment warranty exchange invoice login discount "       \
	"courier size colour repair возврат доставка брак оплата срочно"

#endif
