/* quote_words.h: what mail programs write around a quotation, by language: the data of quote.c.
 *
 * All words are lower case. A new language or program is a line here and a case in
 * tests/cases/quote/.
 */
#ifndef OTKLIK_MIME_QUOTE_WORDS_H
#define OTKLIK_MIME_QUOTE_WORDS_H

#include "base/base.h"

/* Words that end the line above a quotation: "... Anna wrote:". */
static const char *const verbs[] = {
    "wrote:",     "writes:",         "wrote",     "said:",        "has written:", "написал:",
    "написала:",  "написал(а):",     "писал(а):", "писал:",       "писала:",      "пишет:",
    "написали:",  "пише:",           "написав:",  "написала(в):", "пише",         "schrieb:",
    "schrieben:", "geschrieben:",    "a écrit :", "a écrit:",     "a ecrit :",    "escribió:",
    "escribio:",  "ha scritto:",     "escreveu:", "schreef:",     "napisał(a):",  "napisał:",
    "skrev:",     "kirjoitti:",      "yazdı:",    "napsal(a):",   "写道:",        "写道：",
    "wrote :",    "skrev följande:", "a scris:",  "написал (а):",
};

/* Languages that put the name last: "Am 5.2. um 12:30 schrieb Anna:". */
static const struct {
	const char *start, *verb;
} phrases[] = {
    {"am ", " schrieb "}, {"op ", " schreef "}, {"den ", " skrev "},
    {"på ", " skrev "},   {"on ", " sent"},     {"w dniu ", " pisze"},
    {"dne ", " napsal"},  {"vào ", " viết"},    {"il giorno ", " ha scritto"},
    {"em ", " escreveu"},
};

/* The name first, the verb in the middle: "Anna <a@b.de> schrieb am Fr., 28. Apr. um 11:53 Uhr:".
 */
static const char *const middles[] = {" schrieb am ", " wrote on ", " писал(а) ", " написал(а) ",
                                      " a écrit le "};

/* Words that close a letter; a name and the like follow. Lower case, without punctuation. */
static const char *const closings[] = {
    "regards",
    "best regards",
    "kind regards",
    "warm regards",
    "best",
    "best wishes",
    "sincerely",
    "yours sincerely",
    "yours truly",
    "thanks",
    "many thanks",
    "thank you",
    "thanks in advance",
    "cheers",
    "thanks and regards",
    "thanks & regards",
    "с уважением",
    "с наилучшими пожеланиями",
    "всего доброго",
    "всего хорошего",
    "с благодарностью",
    "заранее спасибо",
    "спасибо",
    "с любовью",
    "з повагою",
    "дякую",
    "mit freundlichen grüßen",
    "mit freundlichen grüssen",
    "viele grüße",
    "liebe grüße",
    "beste grüße",
    "mfg",
    "cordialement",
    "bien cordialement",
    "saludos",
    "un saludo",
    "atentamente",
    "cordiali saluti",
    "pozdrawiam",
    "atenciosamente",
};

/* Lines that stand above an older letter, without their rules of "-", "_", "=" or "*".
 */
static const char *const separators[] = {
    "original message",
    "reply message",
    "reply to message",
    "original-nachricht",
    "ursprüngliche nachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "исходное сообщение",
    "оригинальное сообщение",
    "исходное письмо",
    "пересылаемое сообщение",
    "конец пересылаемого сообщения",
    "вихідне повідомлення",
    "oprindelig meddelelse",
    "messaggio originale",
    "mensagem original",
    "forwarded message",
    "begin forwarded message:",
    "reply above this line",
    "write your reply above this line",
    "please type your reply above this line",
    "ответьте выше этой линии",
};

enum field { FROM = 1, SENT = 2, TO = 4, SUBJECT = 8, CC = 16 };

/* The head of an older letter as Outlook and others print it. */
static const struct {
	const char *name;
	enum field field;
} fields[] = {
    {"from", FROM},
    {"от", FROM},
    {"от кого", FROM},
    {"von", FROM},
    {"de", FROM},
    {"від", FROM},
    {"da", FROM},
    {"van", FROM},
    {"sent", SENT},
    {"date", SENT},
    {"отправлено", SENT},
    {"дата", SENT},
    {"gesendet", SENT},
    {"datum", SENT},
    {"envoyé", SENT},
    {"enviado", SENT},
    {"fecha", SENT},
    {"надіслано", SENT},
    {"inviato", SENT},
    {"отправлен", SENT},
    {"дата отправки", SENT},
    {"when", SENT},
    {"verzonden", SENT},
    {"enviada em", SENT},
    {"to", TO},
    {"кому", TO},
    {"an", TO},
    {"à", TO},
    {"para", TO},
    {"a", TO},
    {"aan", TO},
    {"reply-to", TO},
    {"subject", SUBJECT},
    {"тема", SUBJECT},
    {"betreff", SUBJECT},
    {"objet", SUBJECT},
    {"asunto", SUBJECT},
    {"oggetto", SUBJECT},
    {"onderwerp", SUBJECT},
    {"assunto", SUBJECT},
    {"fra", FROM},
    {"från", FROM},
    {"od", FROM},
    {"từ", FROM},
    {"kimden", FROM},
    {"lähettäjä", FROM},
    {"feladó", FROM},
    {"sendt", SENT},
    {"skickat", SENT},
    {"wysłano", SENT},
    {"ngày", SENT},
    {"gửi", SENT},
    {"gönderildi", SENT},
    {"lähetetty", SENT},
    {"dato", SENT},
    {"odesláno", SENT},
    {"til", TO},
    {"till", TO},
    {"do", TO},
    {"đến", TO},
    {"tới", TO},
    {"kime", TO},
    {"komu", TO},
    {"vastaanottaja", TO},
    {"emne", SUBJECT},
    {"ämne", SUBJECT},
    {"temat", SUBJECT},
    {"chủ đề", SUBJECT},
    {"tiêu đề", SUBJECT},
    {"konu", SUBJECT},
    {"aihe", SUBJECT},
    {"předmět", SUBJECT},
    {"cc", CC},
    {"копия", CC},
    {"копія", CC},
    {"importance", CC},
    {"важность", CC},
    {"organization", CC},
};

/* What phones and programs put below a letter. Lower case, at the start of a line. */
static const char *const devices[] = {
    "sent from my",         "sent from mail for windows",
    "sent from yahoo mail", "sent from outlook",
    "sent from samsung",    "sent via ",
    "sent using ",          "get outlook for",
    "sent with ",           "sent from the ",
    "sent on the new",      "отправлено с ",
    "отправлено из ",       "отправлено от ",
    "послано с ",           "відправлено з ",
    "надіслано з ",         "von meinem ",
    "gesendet von ",        "diese nachricht wurde von",
    "envoyé de ",           "envoyé depuis ",
    "enviado desde ",       "enviado do ",
    "inviato da ",          "verzonden met ",
    "скачать outlook",      "получить outlook",
};

/* Words that begin the sentence above a quotation. */
static const char *const beginnings[] = {
    "on ",   "le ",     "am ",     "el ",         "il ",
    "op ",   "den ",    "em ",     "dne ",        "w dniu ",
    "в ",    "пн",      "вт",      "ср",          "чт",
    "пт",    "сб",      "вс",      "понедельник", "вторник",
    "среда", "четверг", "пятница", "суббота",     "воскресенье",
    "at ",   "från: ",  "vào ",    "у ",          "mon",
    "tue",   "wed",     "thu",     "fri",         "sat",
    "sun",   "от ",     "from: ",  "quoting ",    "in a message dated",
};

#endif
