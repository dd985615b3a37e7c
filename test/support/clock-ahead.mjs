// Loaded into a process ahead of its program: its wall clock runs ahead, as if it had been started later.
const now = Date.now
const aheadMs = Number(process.env.SEKISHO_TEST_AHEAD_MS)
Date.now = () => now() + aheadMs
