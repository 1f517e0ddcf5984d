"""Reference data of the simulated shop: products, cities, devices, channels."""

from __future__ import annotations

from typing import NamedTuple

from tap_clevertap.sandbox.account.models import EventType

PRODUCTS: tuple[tuple[str, str, float], ...] = (
    ("Cotton Kurta", "Fashion", 799.0),
    ("Silk Saree", "Fashion", 4999.0),
    ("Running Shoes", "Shoes", 2499.5),
    ("Café Crème Mug", "Kitchen", 349.0),
    ("Pressure Cooker 5 l", "Kitchen", 1899.0),
    ("मसाला चाय", "Grocery", 249.0),
    ("Basmati Rice 10 kg", "Grocery", 1149.0),
    ("Bluetooth Speaker 🔊", "Electronics", 1799.0),
    ("Phone Case", "Electronics", 199.0),
    ("Smartwatch", "Electronics", 3499.0),
    ("Yoga Mat", "Sport", 699.0),
    ("Cricket Bat", "Sport", 1599.0),
    ("Crème Brûlée Set", "Kitchen", 899.25),
    ("Notebook, ruled", "Books", 99.0),
    ('The "Quiet" Novel', "Books", 299.0),
)
SEARCHES = ("kurta", "shoes under 2000", "चाय", "gift for mum 🎁", "saree", "mug", "", "phone case")
PAYMENTS = ("UPI", "Credit Card", "Cash on delivery", "Net banking")
SOURCES: tuple[tuple[str, str, str, float], ...] = (
    ("google", "cpc", "diwali-sale", 1.0),
    ("instagram", "social", "reels", 0.45),
    ("newsletter", "email", "week ✨", 1.3),
    ("google-play", "organic", "", 0.7),
)
"""Source, medium and campaign of visits, and how likely those are to pay beside others."""
CHECKING_OUT = {"Android": 0.55, "iOS": 0.66, "Web": 0.38}
"""Who goes from the cart to the checkout: the shop's web page is the harder way."""


class Channel(NamedTuple):
    """How CleverTap names a channel on events, and the devices that it reaches."""

    kind: str
    platforms: tuple[str, ...]


APPS, EVERYWHERE = ("Android", "iOS"), ("Android", "iOS", "Web")
CHANNELS = {
    "Push": Channel("Mobile Push", APPS),
    "Email": Channel("Email", EVERYWHERE),
    "SMS": Channel("SMS", EVERYWHERE),
    "Browser": Channel("Web Push", ("Web",)),
    "InApp": Channel("InApp", APPS),
    "WhatsApp": Channel("WhatsApp", EVERYWHERE),
    "Web_Pop_Up": Channel("Web Popup", ("Web",)),
}
"""By the name that message reports give it."""
DELIVERIES = ("One time", "Recurring", "Action", "Inaction")
LABELS: tuple[list[str], ...] = (["onboarding"], [], ["दीवाली", "sale"])
THEMES = (
    ("Evening offers", 1.0),
    ("Cart reminder 🛒", 1.6),
    ("New arrivals ✉", 0.6),
    ("दीवाली sale 🪔", 1.4),
    ("We miss you", 0.5),
)
"""What messages are about, and how likely their readers are to pay beside others."""
FIRST_NAMES = (
    "Aarav",
    "Ananya",
    "Asha",
    "प्रिया",
    "Rohan",
    "Zoë",
    "José",
    "Meera",
    "Kabir",
    "Łucja",
    "Ishaan",
    "Fatima",
)
LAST_NAMES = ("Sharma", "Patel", "शर्मा", "Núñez", "Khan", "Iyer", "D'Souza", "Reddy")
CITIES: tuple[tuple[str, str, float, float], ...] = (
    ("Mumbai", "Maharashtra", 19.076, 72.8777),
    ("Pune", "Maharashtra", 18.5204, 73.8567),
    ("Bengaluru", "Karnataka", 12.9716, 77.5946),
    ("Chennai", "Tamil Nadu", 13.0827, 80.2707),
    ("Delhi", "Delhi", 28.6139, 77.209),
)
ANDROIDS = (("samsung", "SM-A546E"), ("xiaomi", "M2006C3MII"), ("OnePlus", "CPH2467"))
IPHONES = ("iPhone14,5", "iPhone15,2", "iPhone12,8")

HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 15, 18, 16, 14, 14, 16, 20, 28, 38, 44, 40, 26, 10)
"""How busy each hour of the day is; evenings are busiest."""
WEEKDAYS = (0.86, 0.82, 0.9, 0.94, 1.08, 1.35, 1.28)
"""How busy each day of the week is, from Monday."""

LAUNCHED = "App Launched"
INSTALLED = "App Installed"
UNINSTALLED = "App Uninstalled"
WEB_STARTED = "Web Session Started"
VIEWED = "Product Viewed"
SEARCHED = "Product Searched"
ADDED = "Added To Cart"
CHECKOUT = "Checkout Started"
PAYMENT_FAILED = "Payment Failed"
CHARGED = "Charged"
UTM = "UTM Visited"
SENT = "Notification Sent"
SEEN = "Notification Viewed"
CLICKED = "Notification Clicked"
IMPRESSIONS = "Push Impressions"
FESTIVAL = "उत्सव Offer Opened"
SCRATCHED = "Coupon Scratched"
BANNER = "Beta Banner Seen"

EVENT_TYPES = (
    EventType(INSTALLED, "System"),
    EventType(LAUNCHED, "System"),
    EventType(WEB_STARTED, "System"),
    EventType(UTM, "System"),
    EventType(UNINSTALLED, "System"),
    EventType(CHARGED, "System"),
    EventType(SENT, "System", is_exportable=False),
    EventType(SEEN, "System", is_exportable=False),
    EventType(CLICKED, "System", is_exportable=False),
    EventType(IMPRESSIONS, "System", is_exportable=False),
    EventType(VIEWED),
    EventType(SEARCHED),
    EventType(ADDED),
    EventType(CHECKOUT),
    EventType(PAYMENT_FAILED),
    EventType(FESTIVAL),
    EventType(SCRATCHED),
    EventType("Feedback Given"),
    EventType(BANNER, status="Discarded"),
)
