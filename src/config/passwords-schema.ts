import * as z from 'zod'
import { filePath, secretReference, shaped, size, whole } from './values.ts'

// The section `passwords` of gateway.yaml.

const rangeUrl = shaped(
  'an address such as https://api.pwnedpasswords.com; write scheme and host, without /range',
  text => /^https?:\/\/[^\s?#]+$/.test(text) && URL.parse(text) !== null,
)

const leaked = z
  .strictObject({
    source: z.enum(['off', 'file', 'folder', 'api']).prefault('off').meta({
      description:
        'Where leaked passwords are looked up: one sorted file of SHA1:COUNT lines, a folder of ABCDE.txt ranges (both as the public downloader makes them), or a range API, which sees five digits of a hash.',
    }),
    path: filePath
      .optional()
      .meta({ description: 'The file or the folder, with `source: file` and `source: folder`.' }),
    url: rangeUrl.optional().meta({ description: 'Address of the range API, with `source: api`.' }),
    mode: z.enum(['mail', 'force', 'refuse']).prefault('mail').meta({
      description:
        'What a right but leaked password leads to: a mail at each sign-in until it is changed, a forced reset, or nothing (its owner is mailed once a day).',
    }),
    whenUnavailable: z.enum(['allow', 'refuse']).prefault('allow').meta({
      description: 'Without an answer: go on unchecked, or sign nobody in by password and set none.',
    }),
  })
  .check(context => {
    const { source, path, url } = context.value
    const wants = { off: 'neither', file: 'path', folder: 'path', api: 'url' }[source]
    if ((path !== undefined) !== (wants === 'path') || (url !== undefined) !== (wants === 'url'))
      context.issues.push({
        code: 'custom',
        message: `${wants === 'neither' ? 'neither path nor url' : `${wants} and nothing else`} with source: ${source}; add what is missing, remove the rest`,
        input: context.value,
      })
  })

const pepper = z.strictObject({
  current: secretReference.optional().meta({
    description:
      'The key that goes into new hashes: 32 random bytes in base64url, of a life of its own. Default: one derived from the root key.',
  }),
  previous: z.array(secretReference).max(8).prefault([]).meta({
    description:
      'Keys of older hashes. Each person’s moves to the current one at the next sign-in; `sekisho leaks coverage` counts what is left.',
  }),
})

const cost = z.strictObject({
  memory: size('4GiB').prefault('19MiB').meta({
    description: 'Memory of one argon2id hash. Less than 19MiB only with development.insecureCookies.',
  }),
  passes: whole(1, 64).prefault(2).meta({
    description: 'Passes over it. Less than 2 only with development.insecureCookies.',
  }),
})

export const passwords = z.strictObject({
  leaked: leaked.prefault({}).meta({ description: 'Passwords that are known from break-ins elsewhere.' }),
  pepper: pepper
    .prefault({})
    .meta({ description: 'Keys of the password hashes: whoever has the store alone cannot try passwords.' }),
  cost: cost.prefault({}).meta({ description: 'What one hash costs. Older ones are made anew at the next sign-in.' }),
})
