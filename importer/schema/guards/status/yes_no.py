"""Yes and no in columns that ask for it by their names, where a short word is no code of a place or a size."""

from __future__ import annotations

from importer.schema.guards.status.words import EARNED, NO, YES, folded, word_set

_YES = (
    "kyllä kylla igen ano áno da jah jā já taip tak так да ναι evet ya có 是 有 有り あり はい 예 네 ○ ◯ 〇 ● ใช่ "
    "हाँ हां نعم بله بلی ہاں כן ✔️"
)
_NO = (
    "ei nem ne nu nej nei nee nie ni ні нет не ні όχι hayır hayir yok tidak bukan không 否 無 无 無し 无し なし "
    "没有 沒有 いいえ 아니오 아니요 없음 × ไม่ ไม่ใช่ नहीं لا نه خیر نہیں לא nē ne ahv "
    "keine kein keiner none brak nincs nimic žádný žádné žádná ingen inget intet ninguno ninguna nessuno nessuna "
    "nenhum nenhuma geen aucun aucune нема немає няма"
)
YES_OF_FLAGS = YES | {folded(word) for word in _YES.split()}
NO_OF_FLAGS = NO | {folded(word) for word in _NO.split()}
NO_AS_WRITTEN = NO_OF_FLAGS | {*_NO.split(), "não", "нет"}
"""In small letters, with their accents too."""
HAPPENED = word_set(
    "completed complete done finished processed issued success successful succeeded full fully partial partially "
    "partly abgeschlossen erledigt durchgeführt erfolgt teilweise vollständig terminé terminée effectué effectuée "
    "partiel partielle completado completada realizado realizada parcial completato completata effettuato parziale "
    "afgerond voltooid gedeeltelijk zakończone zrealizowane częściowy dokončeno vyřízeno befejezve teljesítve "
    "finalizat завершен завершено выполнен выполнено частичный частично tamamlandı kısmi 完了 完成 已完成 成功 "
    "部分 완료 부분"
)
"""States of a refund or a cancellation that came about, if only in part."""
CAME_ABOUT = HAPPENED | EARNED - word_set("won live ok okay valid")
REFUSED = word_set(
    "rejected declined denied refused failed cancelled canceled expired withdrawn closed open requested abgelehnt "
    "zurückgewiesen refusé refusée rejeté rechazado rechazada rejeitado rifiutato afgewezen odrzucone отклонен "
    "отклонено отказано reddedildi 却下 拒绝 已拒绝 거절"
)
"""States of such a deed that nobody knows whether it came about."""
