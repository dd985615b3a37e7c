// Loaded into a gateway process before anything else: breaks it in ways that no handler of ours catches, when a signal asks for it.

process.on('SIGUSR2', () => {
  throw new Error('thrown by the test\nin two lines')
})
process.on('SIGWINCH', () => {
  void Promise.reject(new Error('rejected by the test\nin two lines'))
})
