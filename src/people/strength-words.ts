import { hiraganaOf, katakanaOf } from './kana.ts'

/** Lists of words for the estimate, the most frequent first: of both languages, Japanese in romaji and in both kana. */
export function withKana(lists: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(lists).flatMap(([name, words]) => {
      const kana = words.map(hiraganaOf).filter(word => word !== null)
      return [
        [`${name}-ja`, [...words]],
        [`${name}-hiragana`, kana],
        [`${name}-katakana`, kana.map(katakanaOf)],
      ]
    }),
  )
}

/** Sayings that everybody knows are as good as one word; the lists of words would take them for many. */
export const sayings: readonly string[] = [
  'correct horse battery staple',
  'to be or not to be',
  'to be or not to be that is the question',
  'the quick brown fox jumps over the lazy dog',
  'may the force be with you',
  'once upon a time',
  'let me in',
  'open sesame',
  'i love you',
  'i love you so much',
  'hello world',
  'an apple a day keeps the doctor away',
  'all work and no play makes jack a dull boy',
  'winter is coming',
  'live long and prosper',
  'this is my password',
  'my password is password',
  'i forgot my password',
  'いろはにほへと',
  'いろはにほへとちりぬるを',
  '吾輩は猫である',
  '吾輩は猫である名前はまだ無い',
  '吾輩は猫である。名前はまだ無い。',
  'わがはいはねこである',
  '春はあけぼの',
  '古池や蛙飛び込む水の音',
  '柿食えば鐘が鳴るなり法隆寺',
  'むかしむかしあるところに',
  'ありがとうございます',
  'おはようございます',
  'よろしくお願いします',
  'よろしくおねがいします',
  'お世話になっております',
  'いつもお世話になっております',
  'おつかれさまです',
  'お疲れ様です',
  'あけましておめでとう',
  'だいすき',
  '大好き',
  '愛してる',
  '愛している',
  '日本',
  '東京都',
  '株式会社',
  'パスワード',
  '秘密',
  '暗証番号',
  'パスワードを忘れた',
  'パスワードを忘れました',
].flatMap(saying => [...new Set([saying, saying.replaceAll(' ', '')])])
