"""Invented names of companies and people."""


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# First words of company names; none is a company that we know of.
COMPANY_WORDS = words(
    """Aldermoor Amberlow Arkwell Ashmere Barrowby Bellwick Birchmoss Blakesund Bramwell Brindlow Briarholm Calderby
    Carrowmore Castlemere Cinderford Clearbrook Coldharrow Copperfold Corvane Cragwell Crestholm Dallowmere Dapplewood
    Deepwater Dovecray Drumlow Dunwick Eastmarch Elderbank Emberly Fallowfen Fenwicke Fernhollow Fiskerton Flintmoor
    Foxglove Galebridge Garrowby Glasswing Glenmarrow Goldfinch Greywater Hallowbeck Hartsmere Hazelcombe Heronsgate
    Highmarsh Hollowell Inverlane Ironwood Juniper-Vale Kelderby Kestlemoor Kinsale Kittiwake Lanternhill Larchmont-Vane
    Linnetfield Lowmere Marlowbeck Marrowstone Merrowby Millrace Mistlebrook Moorgarth Mossdale Nettlecombe Nightjar
    Northwold Oakenshaw Oldferry Orchardine Osprey-Lane Overbeck Palewater Pebblemarsh Penhallow Pinemarch Plumstead-Rye
    Quillhaven Ravensholt Redcairn Reedmace Ripplewood Rookhaven Saltmarsh Sandpiper Sedgewick-Orr Shalebrook Silverfen
    Skylarke Slateholm Sorrelby Starlingate Stonecrop Swiftmere Tallowby Tansyford Tarnwick Thistledown Thornhill
    Tidewrack Tindleford Underhay Valemont Velderby Wagtail Waverholm Wendlebury Westerfell Whinmoor Wickerby Willowherb
    Windrush-Hale Wrenfield Yarrowdale Yewbarrow Zephyrine"""
)

FIRST_NAMES = words(
    """Ada Agnes Ahmed Aiko Alma Amara Anders Anika Anton Arjun Astrid Beatriz Bruno Camille Carla Chidi Clara Dario
    Delia Dmitri Edith Eitan Elif Emil Esther Farah Felix Fiona Gareth Gloria Hamza Hanne Hector Helga Ibrahim Imani
    Ines Ivan Jada Jasper Joana Kenji Kirsten Kofi Lars Leila Lena Liam Lucia Magnus Malik Mara Marek Mei Mina Miriam
    Nadim Nils Noor Odette Omar Otto Paula Petra Rafael Rania Rosa Ruth Selma Sigrid Simon Sofia Stefan Tariq Teresa
    Thandi Ursula Victor Wanda Xavier Yara Zoe"""
)
LAST_NAMES = words(
    """Abara Aldous Amsel Arslan Bakker Banerjee Bauer Becerra Bianchi Boateng Brandvold Calloway Castellan Chowdhury
    Dacosta Demir Dietrich Dunmore Eklund Engstrom Falk Farouk Ferreira Fontaine Galvin Gruber Haddad Halvorsen Hartog
    Hoshino Ibarra Ishikawa Janssen Jovanov Kaminski Kaplan Karlsen Keating Khoury Kowal Lachance Larkin Lindgren Lopes
    Lunde Mahlangu Marchetti Mbeki Mendel Moreau Nakata Navarro Nesbitt Novak Nwosu Oduya Oliveira Osei Palmgren Pereira
    Quinlan Rasmussen Reyes Rinaldi Romero Sandvik Sarkar Schreiber Serrano Sharpe Silva Sorensen Strand Suzuki Tellier
    Thorne Tran Ullman Vance Varga Vidal Voss Wagner Weir Yamada Yilmaz Zeller Ziegler"""
)
TITLES = {
    "decision_maker": ("COO", "Chief operating officer", "VP operations", "Managing director"),
    "economic_buyer": ("CFO", "Finance director", "Head of procurement"),
    "champion": ("Operations systems lead", "Head of planning", "Program manager"),
    "business_user": ("Planner", "Dispatcher", "Team lead", "Analyst", "Site coordinator"),
}
LEVELS = {
    "COO": "executive",
    "Chief operating officer": "executive",
    "VP operations": "executive",
    "Managing director": "executive",
    "CFO": "executive",
    "Finance director": "director",
    "Head of procurement": "director",
    "Head of planning": "director",
    "Operations systems lead": "manager",
    "Program manager": "manager",
    "Team lead": "manager",
    "Planner": "staff",
    "Dispatcher": "staff",
    "Analyst": "staff",
    "Site coordinator": "staff",
}
