"""What the demo clinics are: branches, services with their GST treatment, people. All of it is invented."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from billing.domain.branch import Branch
from billing.domain.tax import TaxTreatment

DEMO_TENANT = "demo"
OTHER_TENANT = "sunrise"


def _branch(id: str, name: str, code: str, gstin: str, address: str, *, round_off: bool = True) -> Branch:  # noqa: A002
    return Branch(id, name, code, gstin[:2], gstin, round_off, address=address)


BRANCHES: dict[str, tuple[Branch, ...]] = {
    DEMO_TENANT: (
        _branch("pune", "Arogya Clinic, Kothrud, Pune", "PUN", "27AAFCA4521K1ZQ", "12 Paud Road, Kothrud, Pune 411038"),
        _branch(
            "mumbai",
            "Arogya Clinic, Andheri, Mumbai",
            "MUM",
            "27AAFCA4521K1ZQ",
            "14 Veera Desai Road, Andheri West, Mumbai 400053",
        ),
        _branch(
            "bengaluru",
            "Arogya Clinic, Jayanagar, Bengaluru",
            "BLR",
            "29AAFCA4521K1ZM",
            "7, 11th Main, 4th Block, Jayanagar, Bengaluru 560011",
        ),
        _branch(
            "mysuru",
            "Arogya Clinic, Kuvempunagar, Mysuru",
            "MYS",
            "29AAFCA4521K1ZM",
            "3 Adichunchanagiri Road, Kuvempunagar, Mysuru 570023",
            round_off=False,
        ),
    ),
    # The same branch and patient ids on purpose: nothing but the tenant keeps the two apart.
    OTHER_TENANT: (Branch("pune", "Sunrise Dental, Baner, Pune", "PUN", "27", None, round_off=True),),
}


@dataclass(frozen=True)
class Service:
    """One thing that is billed. `rate_rupees` is the list price; quantities are drawn up to `most`."""

    department: str
    name: str
    sac_hsn: str
    rate_rupees: int
    tax_rate: Decimal = Decimal(0)
    treatment: TaxTreatment = "exempt"
    most: int = 1


def _taxed(department: str, name: str, code: str, rate: int, percent: int, most: int = 1) -> Service:
    return Service(department, name, code, rate, Decimal(percent), "taxable", most)


# Care by a clinic is exempt (Notification 12/2017, Sl. 74); cosmetic work and goods sold over the counter are not.
SERVICES: tuple[Service, ...] = (
    Service("General Medicine", "Consultation", "999312", 500),
    Service("General Medicine", "Follow-up consultation", "999312", 300),
    Service("General Medicine", "Vaccination", "999312", 450),
    Service("Cardiology", "Consultation, cardiologist", "999312", 900),
    Service("Cardiology", "ECG", "999312", 400),
    Service("Cardiology", "2D echocardiography", "999312", 2200),
    Service("Laboratory", "Complete blood count", "999316", 350),
    Service("Laboratory", "Lipid profile", "999316", 650),
    Service("Laboratory", "HbA1c", "999316", 480),
    Service("Laboratory", "Thyroid profile", "999316", 720),
    Service("Radiology", "X-ray, chest", "999317", 600),
    Service("Radiology", "Ultrasound, abdomen", "999317", 1400),
    Service("Radiology", "MRI, brain", "999317", 7200),
    Service("Dentistry", "Root canal treatment", "999312", 4500),
    Service("Dentistry", "Scaling and polishing", "999312", 1200),
    _taxed("Dentistry", "Teeth whitening", "999722", 6500, 18),
    Service("Physiotherapy", "Physiotherapy session", "999312", 700, most=5),
    _taxed("Dermatology", "Chemical peel", "999722", 3500, 18),
    _taxed("Dermatology", "Laser hair reduction, session", "999722", 4200, 18, 2),
    _taxed("Pharmacy", "Metformin 500 mg, strip of 15", "3004", 42, 12, 6),
    _taxed("Pharmacy", "Amoxicillin 500 mg, strip of 10", "3004", 96, 12, 3),
    _taxed("Pharmacy", "Insulin glargine, pen", "3004", 715, 5, 3),
    _taxed("Pharmacy", "Nutrition supplement, 400 g", "2106", 649, 18, 2),
    Service("Pharmacy", "Blood pressure tablets (nil-rated scheme)", "3004", 60, treatment="nil_rated", most=4),
)
DENTAL_SERVICES = tuple(service for service in SERVICES if service.department == "Dentistry")

FIRST_NAMES = (
    "Aarav", "Aditi", "Ananya", "Anil", "Arjun", "Asha", "Bhavna", "Chitra", "Deepa", "Dev", "Divya", "Farhan", "Gauri",
    "Gurpreet", "Harish", "Imran", "Isha", "Jaya", "Karan", "Kavya", "Lakshmi", "Manish", "Meera", "Mohan", "Nandini",
    "Neha", "Nikhil", "Omkar", "Padma", "Pooja", "Prakash", "Priya", "Rahul", "Rajesh", "Rekha", "Rohan", "Sameer",
    "Sandhya", "Sanjay", "Shalini", "Sneha", "Sunil", "Swati", "Tanvi", "Usha", "Varun", "Vidya", "Vikram", "Yash",
    "Zoya",
)  # fmt: skip
LAST_NAMES = (
    "Agarwal", "Bhat", "Chavan", "D'Souza", "Deshmukh", "Fernandes", "Gaikwad", "Gowda", "Gupta", "Hegde", "Iyer",
    "Jadhav",
    "Joshi", "Kamath", "Khan", "Kulkarni", "Menon", "Mehta", "Naidu", "Nair", "Patel", "Patil", "Pawar", "Pillai",
    "Rao",
    "Reddy", "Sharma", "Shetty", "Shinde", "Singh", "Subramanian", "Varghese",
)  # fmt: skip
STREETS = ("MG Road", "Station Road", "Temple Street", "2nd Cross", "Gandhi Nagar", "Lake View", "Nehru Road")
CANCEL_REASONS = ("Billed to the wrong patient", "Duplicate of an earlier invoice", "Procedure postponed")
REFUND_REASONS = ("Procedure cancelled after payment", "Paid twice at the counter", "Insurance paid later")
