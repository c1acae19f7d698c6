// What subscribers are told, in their provider's language. `amount` is finished text; without one the sentence about it is left out.
import type { NoticeKind } from "./states.ts";

export type Told = {
  readonly account: string;
  readonly left: string;
  readonly pay: string | undefined;
  readonly until: string | undefined;
};
export type NoticeText = { readonly title: string; readonly body: string; readonly advice: string };
type Texts = Readonly<Record<NoticeKind, (told: Told) => NoticeText>>;

const en: Texts = {
  low: ({ account, left, pay }) => ({
    title: "Your money is running out",
    body: `On account ${account} there is ${left}. When it is used up, your services stop.`,
    advice: pay ? `Please pay at least ${pay}.` : "Please top your account up.",
  }),
  limited: ({ account, left, pay }) => ({
    title: "Your services are slowed down",
    body: `On account ${account} there is ${left}.`,
    advice: pay ? `Pay at least ${pay}, and the full speed is back at once.` : "Top your account up, and the full speed is back at once.",
  }),
  blocked: ({ account, left, pay }) => ({
    title: "Your services are stopped",
    body: `On account ${account} there is ${left}.`,
    advice: pay ? `Pay at least ${pay}, and everything works again at once.` : "Please get in touch with us.",
  }),
  restored: ({ account }) => ({
    title: "Your services work again",
    body: `Account ${account} is in order.`,
    advice: "You needn't do anything.",
  }),
  suspended: ({ account, until }) => ({
    title: "Your services are paused",
    body: `Account ${account} is paused as you asked${until ? `, until ${until}` : ""}.`,
    advice: "You can resume at any time.",
  }),
  terminated: ({ account, pay }) => ({
    title: "Your services have ended",
    body: `Account ${account} was not paid for too long.`,
    advice: pay ? `You owe ${pay}. To begin anew, please get in touch with us.` : "To begin anew, please get in touch with us.",
  }),
  "promise-broken": ({ account, pay }) => ({
    title: "The promised payment didn't come",
    body: `The services of account ${account} are stopped.`,
    advice: pay ? `Pay at least ${pay}, and everything works again at once.` : "Please get in touch with us.",
  }),
};

const uk: Texts = {
  low: ({ account, left, pay }) => ({
    title: "Гроші закінчуються",
    body: `На рахунку ${account} залишилося ${left}. Коли їх не стане, послуги зупиняться.`,
    advice: pay ? `Будь ласка, сплатіть щонайменше ${pay}.` : "Будь ласка, поповніть рахунок.",
  }),
  limited: ({ account, left, pay }) => ({
    title: "Швидкість послуг обмежено",
    body: `На рахунку ${account} залишилося ${left}.`,
    advice: pay
      ? `Сплатіть щонайменше ${pay}, і повна швидкість одразу повернеться.`
      : "Поповніть рахунок, і повна швидкість одразу повернеться.",
  }),
  blocked: ({ account, left, pay }) => ({
    title: "Послуги зупинено",
    body: `На рахунку ${account} залишилося ${left}.`,
    advice: pay ? `Сплатіть щонайменше ${pay}, і все одразу запрацює.` : "Будь ласка, зв'яжіться з нами.",
  }),
  restored: ({ account }) => ({
    title: "Послуги знову працюють",
    body: `З рахунком ${account} усе гаразд.`,
    advice: "Нічого робити не потрібно.",
  }),
  suspended: ({ account, until }) => ({
    title: "Послуги призупинено",
    body: `Рахунок ${account} призупинено на ваше прохання${until ? ` до ${until}` : ""}.`,
    advice: "Відновити можна будь-коли.",
  }),
  terminated: ({ account, pay }) => ({
    title: "Послуги припинено",
    body: `Рахунок ${account} надто довго не оплачувався.`,
    advice: pay ? `Ваш борг: ${pay}. Щоб почати знову, зв'яжіться з нами.` : "Щоб почати знову, зв'яжіться з нами.",
  }),
  "promise-broken": ({ account, pay }) => ({
    title: "Обіцяний платіж не надійшов",
    body: `Послуги рахунку ${account} зупинено.`,
    advice: pay ? `Сплатіть щонайменше ${pay}, і все одразу запрацює.` : "Будь ласка, зв'яжіться з нами.",
  }),
};

const ru: Texts = {
  low: ({ account, left, pay }) => ({
    title: "Деньги заканчиваются",
    body: `На счёте ${account} осталось ${left}. Когда их не станет, услуги остановятся.`,
    advice: pay ? `Пожалуйста, оплатите не менее ${pay}.` : "Пожалуйста, пополните счёт.",
  }),
  limited: ({ account, left, pay }) => ({
    title: "Скорость услуг ограничена",
    body: `На счёте ${account} осталось ${left}.`,
    advice: pay ? `Оплатите не менее ${pay}, и полная скорость сразу вернётся.` : "Пополните счёт, и полная скорость сразу вернётся.",
  }),
  blocked: ({ account, left, pay }) => ({
    title: "Услуги остановлены",
    body: `На счёте ${account} осталось ${left}.`,
    advice: pay ? `Оплатите не менее ${pay}, и всё сразу заработает.` : "Пожалуйста, свяжитесь с нами.",
  }),
  restored: ({ account }) => ({
    title: "Услуги снова работают",
    body: `Со счётом ${account} всё в порядке.`,
    advice: "Делать ничего не нужно.",
  }),
  suspended: ({ account, until }) => ({
    title: "Услуги приостановлены",
    body: `Счёт ${account} приостановлен по вашей просьбе${until ? ` до ${until}` : ""}.`,
    advice: "Возобновить можно в любой момент.",
  }),
  terminated: ({ account, pay }) => ({
    title: "Услуги прекращены",
    body: `Счёт ${account} слишком долго не оплачивался.`,
    advice: pay ? `Ваш долг: ${pay}. Чтобы начать снова, свяжитесь с нами.` : "Чтобы начать снова, свяжитесь с нами.",
  }),
  "promise-broken": ({ account, pay }) => ({
    title: "Обещанный платёж не поступил",
    body: `Услуги счёта ${account} остановлены.`,
    advice: pay ? `Оплатите не менее ${pay}, и всё сразу заработает.` : "Пожалуйста, свяжитесь с нами.",
  }),
};

const languages: Readonly<Record<string, Texts>> = { uk, ru, en };

/** In English where the provider's language is none of ours. */
export const noticeText = (kind: NoticeKind, told: Told, locale: string): NoticeText =>
  (languages[locale.slice(0, 2).toLowerCase()] ?? en)[kind](told);
