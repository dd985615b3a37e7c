import type { Language } from '../../notices/notice.ts'
import { type AdminWords, adminEn } from './en.ts'
import { adminJa } from './ja.ts'

export function adminWords(language: Language): AdminWords {
  return catalogue[language]
}

const catalogue: Record<Language, AdminWords> = { en: adminEn, ja: adminJa }
