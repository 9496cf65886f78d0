const ENGLISH = new Set(
  'the a an and of for to with in on at is are be my our your we i you it this that how what why which who can should do does from by about as or not new some more'.split(
    ' ',
  ),
);

const OTHERS = new Set(
  'der die das und für ein eine einen einer mit von zu auf ist im dem den des nicht wie bitte wir ich le la les une des du pour avec dans et sur est que qui un el los las una para con por y en del al como mi lo gli di che per è della nel dei una het een van voor met op te os um uma com não em da na meu och att för på som det i w na do z że się jest'.split(
    ' ',
  ),
);

/** Whether a text is to be read as English. A few words without any hint, such as "bakery", are. */
export function isEnglish(text: string): boolean {
  const words =
    text
      .slice(0, 600)
      .toLowerCase()
      .match(/[\p{L}\p{M}']+/gu) ?? [];
  const letters = words.join('');
  if (letters === '') return false;
  const plain = letters.match(/[a-z']/g)?.length ?? 0;
  if (plain / letters.length < 0.7) return false;
  const english = words.filter((word) => ENGLISH.has(word)).length;
  const others = words.filter((word) => OTHERS.has(word)).length;
  return others === 0 || english >= others;
}

/** What a text in another language seems to be about: its first words that say something, in its own words. */
export function topicOfOther(text: string): string {
  const clause = text.split(/[.!?;:,。！？；：，\n]/u).find((part) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(part)) ?? '';
  const words = clause.trim().split(/\s+/);
  const says = (word: string | undefined): boolean =>
    word !== undefined && !OTHERS.has(word.toLowerCase()) && !ENGLISH.has(word.toLowerCase());
  // The first word of a request is mostly its verb, which a phrase can do without.
  let start = words.length > 2 ? 1 : 0;
  while (start < words.length - 1 && !says(words[start])) start += 1;
  let end = start;
  let length = 0;
  while (end < words.length && (end === start || length + (words[end]?.length ?? 0) <= 36)) {
    length += (words[end]?.length ?? 0) + 1;
    end += 1;
  }
  while (end > start + 1 && !says(words[end - 1])) end -= 1;
  return words.slice(start, end).join(' ');
}
