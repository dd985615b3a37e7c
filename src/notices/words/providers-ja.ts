import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

/** 組織の認証基盤（IdP）に関する通知の日本語の文面。 */
export const providersJa = {
  provider_staged: (notice: Notice, sender: Sender): Words => ({
    subject: `【${sender.productName}】${text(notice, 'organization')} の認証基盤の情報が変わりました。確認をお願いします`,
    lead: `${text(notice, 'name')} 様、${text(notice, 'organization')} の認証基盤（IdP）が新しい情報を公開しています。これまでの情報は引き続き有効です。確認が済むまで、新しい情報も合わせて受け付けます。`,
    rows: [
      ['読み取り日時', moment(notice, 'at')],
      ['変更点', text(notice, 'changes')],
    ],
    after: [
      '証明書のフィンガープリントを、認証基盤に表示されるものと見比べてください。正しければ新しい情報への切り替えを、正しくなければすぐに取り消しを依頼してください。新しい鍵を持つ人は、利用者としてログインできます。',
      `切り替えと取り消しは、${sender.productName} の運用担当者が「sekisho sso promote」「sekisho sso drop」で行います。`,
    ],
  }),
  provider_expiring: (notice: Notice, sender: Sender): Words => ({
    subject: `【${sender.productName}】${things[text(notice, 'what')]?.subject ?? text(notice, 'what')}（${text(notice, 'organization')}）`,
    lead: `${text(notice, 'name')} 様、${things[text(notice, 'what')]?.lead ?? text(notice, 'what')}`,
    rows: [
      ['組織', text(notice, 'organization')],
      ['対象', text(notice, 'which')],
      ['期限', moment(notice, 'expiresAt')],
    ],
    after: [things[text(notice, 'what')]?.after ?? text(notice, 'what')],
  }),
}

const things: Readonly<Record<string, { readonly subject: string; readonly lead: string; readonly after: string }>> = {
  certificate: {
    subject: '認証基盤の署名用証明書の期限が近づいています',
    lead: '認証基盤（IdP）の署名用証明書の期限が近づいています。それまでのログインに影響はありません。',
    after:
      '認証基盤の担当者に、次の証明書を早めに確認してください。多くの認証基盤は期限の日に鍵を切り替えます。先に新しいメタデータを取り込んでおくと、どちらの鍵も受け付けます。',
  },
  metadata: {
    subject: '認証基盤のメタデータの期限が近づいています',
    lead: '認証基盤（IdP）のメタデータに記された期限が近づいています。ログインは引き続きできます。',
    after: '認証基盤から新しいメタデータを入手し、取り込んでください。',
  },
  own_certificate: {
    subject: '認証基盤に示している当方の証明書の期限が近づいています',
    lead: '認証基盤（IdP）に対する当方の署名用証明書の期限が近づいています。期限を過ぎると受け付けない認証基盤があります。',
    after:
      'ゲートウェイの運用担当者が新しい証明書を作成します（「sekisho sso keys rotate」）。その後、認証基盤に当方のメタデータを読み直させてください。',
  },
}
