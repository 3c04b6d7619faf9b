"""The revenue.

rule            a cell's text becomes an exact decimal, or a reason why not; amount_forms: how it may be written
decimal_mark    whether a column has decimal points or commas
currency_names  how currencies are called beside an amount
sums            exact totals; money_sums: such as grow row by row
"""

from importer.schema.money.amount_forms import COMMA as COMMA
from importer.schema.money.amount_forms import POINT as POINT
from importer.schema.money.amount_forms import with_signs as with_signs
from importer.schema.money.currency_names import CODES as CODES
from importer.schema.money.currency_names import COMMON as COMMON
from importer.schema.money.currency_names import are_apart as are_apart
from importer.schema.money.currency_names import currency_in_cell as currency_in_cell
from importer.schema.money.currency_names import currency_in_format as currency_in_format
from importer.schema.money.currency_names import currency_in_title as currency_in_title
from importer.schema.money.currency_names import one_name as one_name
from importer.schema.money.currency_names import plain_currency as plain_currency
from importer.schema.money.decimal_mark import DecimalEvidence as DecimalEvidence
from importer.schema.money.money_sums import MaySum as MaySum
from importer.schema.money.money_sums import Money as Money
from importer.schema.money.money_sums import MoneySums as MoneySums
from importer.schema.money.money_sums import is_close as is_close
from importer.schema.money.rule import AMOUNT as AMOUNT
from importer.schema.money.rule import RevenueRule as RevenueRule
from importer.schema.money.sums import exact_sum as exact_sum
from importer.schema.money.sums import exact_sums as exact_sums
from importer.schema.money.sums import largest as largest
from importer.schema.money.sums import with_cents as with_cents
