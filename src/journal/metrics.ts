import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The numbers an operator watches. Names and labels are a contract (docs/operations.md). */
export interface Metrics {
  readonly requests: Counted<'verdict' | 'status'>
  readonly refusals: Counted<'entrance' | 'gate' | 'reason'>
  readonly faults: Counted<'code'>
  /** Messages that broke a rule of the wire, or met one of its caps. */
  readonly refusedMessages: Counted<'cause'>
  readonly signIns: Counted<'outcome'>
  readonly cuts: Counted<'reason'>
  readonly mails: Counted<'outcome'>
  /** Answers of identity providers. */
  readonly providerAnswers: Counted<'outcome'>
  readonly reloads: Counted<'outcome'>
  readonly handshakesFailed: Counted<'reason'>
  /** Steps of the detection of credential stuffing. */
  readonly threats: Counted<'to'>
  /** Seconds from the head to the end of the answer. */
  readonly duration: { observe(seconds: number): void }
  /** Reads a figure when it is asked for. */
  gauge(name: string, help: string, read: () => number): void
  /** The same for several at once, each with its labels. */
  gauges<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: () => readonly (readonly [labels: Readonly<Record<Label, string>>, value: number])[],
  ): void
  text(): Promise<string>
  readonly contentType: string
}

export interface Counted<Label extends string> {
  add(labels: Readonly<Record<Label, string>>): void
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    createCounter({ name: `sekisho_${name}`, help, labelNames, registry })
  const duration = new Histogram({
    name: 'sekisho_request_duration_seconds',
    help: 'From the head of a request to the end of its answer',
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
    registers: [registry],
  })
  return {
    requests: counter('requests_total', 'Requests answered', ['verdict', 'status']),
    refusals: counter('refusals_total', 'Requests refused by a gate', ['entrance', 'gate', 'reason']),
    faults: counter('faults_total', 'Requests that ended in a fault', ['code']),
    refusedMessages: counter('refused_messages_total', 'Messages refused at the wire, by rule', ['cause']),
    signIns: counter('sign_ins_total', 'Sign-in outcomes', ['outcome']),
    cuts: counter('connections_cut_total', 'Open connections cut', ['reason']),
    providerAnswers: counter('provider_answers_total', 'Answers of identity providers by outcome', ['outcome']),
    mails: counter('mails_total', 'Mails by outcome', ['outcome']),
    threats: counter('threat_steps_total', 'Steps of the detection of credential stuffing', ['to']),
    reloads: counter('config_reloads_total', 'Reloads of configuration and policies', ['outcome']),
    handshakesFailed: counter('tls_handshakes_failed_total', 'TLS handshakes that came to nothing', ['reason']),
    duration: { observe: seconds => duration.observe(seconds) },
    gauge(name, help, read) {
      new Gauge({
        name: `sekisho_${name}`,
        help,
        registers: [registry],
        collect() {
          this.set(read())
        },
      })
    },
    gauges(name, help, labelNames, read) {
      new Gauge({
        name: `sekisho_${name}`,
        help,
        labelNames: [...labelNames],
        registers: [registry],
        collect() {
          this.reset()
          for (const [labels, value] of read()) this.set(labels, value)
        },
      })
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

interface CounterOptions<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly Label[]
  readonly registry: Registry
}

/** Added up here, and told when somebody asks: to find a counter by its labels costs more than all else that is counted for a request. */
function createCounter<Label extends string>({
  name,
  help,
  labelNames,
  registry,
}: CounterOptions<Label>): Counted<Label> {
  const tallies = new Map<string, Tally<Label>>()
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      for (const { labels, count } of tallies.values()) this.inc(labels, count)
      tallies.clear()
    },
  })
  return {
    add(labels) {
      let key = ''
      for (const label of labelNames) key += `${labels[label]}\n`
      const tally = tallies.get(key)
      if (tally === undefined) tallies.set(key, { labels, count: 1 })
      else tally.count += 1
    },
  }
}

interface Tally<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>
  count: number
}
