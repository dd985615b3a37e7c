// Loaded before The Lounge (node --require): its update check goes to the network and ends the process when there is none.
const changelog = require('thelounge/dist/server/plugins/changelog.js').default
changelog.checkForUpdates = () => {}
changelog.fetch = async () => ({ current: { version: '', prerelease: false, url: '' }, expiresAt: -1 })

// Its starter holds the other end of this pipe: when that goes away, however it ends, nothing is left running.
process.stdin.on('end', () => process.exit())
process.stdin.resume()
