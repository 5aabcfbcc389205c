"""Windows of base data: company, catalogue, fees, money. A plain table is one line."""

from app.models import (
    Account,
    BodyType,
    Brand,
    CarModel,
    Colour,
    CompanyProfile,
    Department,
    EmissionStandard,
    Employee,
    EnergyType,
    FeeItem,
    Gearbox,
    Maker,
    MoneyAccount,
    PaymentMethod,
    Series,
    Store,
    TaxRate,
    Warehouse,
)
from app.queries import Actor
from app.views.base import Window


class CompanyProfileWindow(Window, model=CompanyProfile, chapter="company"):
    """The company itself: one row, never a second."""

    creates_in_place = False

    @classmethod
    def can_new(cls, who: Actor) -> bool:
        """There is exactly one."""
        return False


class StoreWindow(Window, model=Store, chapter="company"): ...


class WarehouseWindow(Window, model=Warehouse, chapter="company"): ...


class DepartmentWindow(Window, model=Department, chapter="company"): ...


class EmployeeWindow(Window, model=Employee, chapter="company"):
    filters = ["store_id", "department_id"]
    search = ["name", "code", "mobile"]


class BrandWindow(Window, model=Brand, chapter="catalogue"):
    order = "initial"


class MakerWindow(Window, model=Maker, chapter="catalogue"):
    order = "name"


class SeriesWindow(Window, model=Series, chapter="catalogue"):
    search = ["name", "maker.name"]
    columns = ["name|title", "maker_id|line", "maker.brand_id|line"]


class CarModelWindow(Window, model=CarModel, chapter="catalogue"):
    search = ["name", "code", "series.name"]
    columns = [
        "code|pair",
        "name|title",
        "series_id|line",
        "model_year|line",
        "displacement_ml",
        "energy_type_id",
        "gearbox_id",
        "seats",
        "new_price|price",
    ]
    long = ("name",)
    order = "-id"


class BodyTypeWindow(Window, model=BodyType, chapter="catalogue"): ...


class ColourWindow(Window, model=Colour, chapter="catalogue"): ...


class EnergyTypeWindow(Window, model=EnergyType, chapter="catalogue"): ...


class GearboxWindow(Window, model=Gearbox, chapter="catalogue"): ...


class EmissionStandardWindow(Window, model=EmissionStandard, chapter="catalogue"): ...


class PaymentMethodWindow(Window, model=PaymentMethod, chapter="money"): ...


class FeeItemWindow(Window, model=FeeItem, chapter="money"): ...


class MoneyAccountWindow(Window, model=MoneyAccount, chapter="money"):
    creates_in_place = False


class AccountWindow(Window, model=Account, chapter="money"):
    creates_in_place = False
    order = "number"
    columns = ["number|pair", "name|title", "purpose|line", "kind|line", "control|line", "parent_id"]


class TaxRateWindow(Window, model=TaxRate, chapter="money"):
    creates_in_place = False
    order = "tax_kind"
