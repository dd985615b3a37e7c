import type { Language } from '../../notices/notice.ts'
import { en, type Words } from './en.ts'
import { ja } from './ja.ts'

export function wordsOf(language: Language): Words {
  return catalogue[language]
}

const catalogue: Record<Language, Words> = { en, ja }
