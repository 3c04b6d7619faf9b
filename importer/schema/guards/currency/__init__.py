"""Amounts in several currencies: their sum would mean nothing.

guard      columns, cells and formats that show several
conflict   amounts that show another one than their row says
elsewhere  several in another column of amounts; pairs: of which amount a column tells it
inputs     another one in each file
"""

from importer.schema.guards.currency.conflict import CurrencyConflictGuard as CurrencyConflictGuard
from importer.schema.guards.currency.elsewhere import CurrencyElsewhereGuard as CurrencyElsewhereGuard
from importer.schema.guards.currency.guard import CurrencyColumnGuard as CurrencyColumnGuard
from importer.schema.guards.currency.guard import RevenueCurrencyGuard as RevenueCurrencyGuard
from importer.schema.guards.currency.guard import currencies_of as currencies_of
from importer.schema.guards.currency.guard import may_hold_currencies as may_hold_currencies
from importer.schema.guards.currency.inputs import InputCurrenciesGuard as InputCurrenciesGuard
from importer.schema.guards.currency.pairs import may_be_currency as may_be_currency
