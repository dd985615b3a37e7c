// undici has these files and no types for them; its version is pinned, and test/wire/llhttp.test.ts guards what they hold.

declare module 'undici/lib/llhttp/llhttp_simd-wasm.js' {
  const bytes: Uint8Array<ArrayBuffer>
  export = bytes
}

declare module 'undici/lib/llhttp/constants.js' {
  const constants: { readonly METHODS: Readonly<Record<string, number>> }
  export = constants
}
