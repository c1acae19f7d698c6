// Words that people make passwords of, in many languages' keyboards: each counts as one choice out of a short list, however long it is.
// Written by hand from what every administrator has seen; small letters, no digits.
export const commonWords: readonly string[] = `
password passwort passwd passw parola parol senha contrasena motdepasse wachtwoord heslo haslo salasana sifre kodeord losenord
admin administrator root superuser sysadmin operator manager user username guest test tester testing demo default changeme change
secret private hidden login signin signup welcome hello letmein access enter open opensesame master server system network internet
company office business billing mediabilling telephone telecom provider router switch cisco mikrotik asterisk computer laptop windows
microsoft google facebook apple iphone android samsung linux ubuntu oracle postgres database mysql backup temp temporary example sample
summer winter spring autumn january february march april june july august september october november december monday tuesday wednesday
thursday friday saturday sunday morning night sunshine sunny flower rainbow forest ocean river mountain island
love loveme iloveyou lovely sweet sweetheart honey baby babygirl princess prince angel devil heaven hell jesus christ god blessed
mother father mama papa family friend friends forever always happy lucky smile
dragon monkey tiger lion eagle falcon wolf panther bear shark dolphin horse pony puppy kitten kitty cat dog doggy rabbit butterfly
football soccer baseball basketball hockey golf tennis chelsea arsenal liverpool barcelona juventus dynamo spartak shakhtar
batman superman spiderman ironman starwars pokemon matrix trustno naruto mario zelda minecraft fortnite
michael jennifer jordan michelle daniel andrew thomas robert charlie jessica ashley amanda nicole joshua matthew anthony hunter george
alexander aleksandr sergey andrey dmitry maria anna elena olga natasha tatiana ivan vladimir nikita maksim oleg igor victoria kateryna
ukraine ukraina kyiv kiev odessa lviv kharkiv russia moscow poland warsaw germany berlin london paris madrid rome america canada
qwerty qwertz azerty qwertyuiop asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm qazwsx qazwsxedc qweasd qweasdzxc wasd
abc abcd abcdef alphabet number numbers money dollar euro bitcoin freedom peace power killer ninja shadow ghost silver gold golden
diamond crystal black white green blue purple orange yellow chocolate coffee cookie cheese pepper ginger banana apple summer pussy fuck
fuckyou fuckoff asshole bitch sexy porno biteme whatever nothing something anything everything
`
  .trim()
  .split(/\s+/);
