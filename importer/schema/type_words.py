"""What files of several languages call a sale, a click and a send. Suggested for `--value`, never taken."""

from __future__ import annotations

_SALE = (
    *("sales", "sold", "purchase", "purchases", "order", "orders", "conversion", "conversions", "transaction"),
    *("lead", "leads", "pps", "cps", "cpa", "verkauf", "verkäufe", "kauf", "einkauf", "bestellung", "abschluss"),
    *("transaktion", "vente", "ventes", "achat", "commande", "venta", "ventas", "compra", "pedido", "conversión"),
    *("venda", "vendas", "conversão", "vendita", "vendite", "acquisto", "ordine", "conversione", "verkoop"),
    *("aankoop", "bestelling", "conversie", "transacción", "transação", "transazione", "transactie"),
)
_CLICK = ("clicks", "clicked", "klick", "klicks", "klik", "kliks", "clic", "clics", "clique", "cliques")
_SEND = (
    *("sends", "sent", "sms", "message", "versand", "versendet", "gesendet", "envoi", "envois", "envoyé", "envío"),
    *("envio", "enviado", "enviada", "invio", "inviato", "inviata", "verzonden", "verzending"),
)
TYPE_WORDS = {"sale": _SALE, "click": _CLICK, "send": _SEND}
