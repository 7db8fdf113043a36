import pytest

from accounts.ingest.parse.mapping import UnusableMapping, load_mapping, shipped_names


def test_a_shipped_mapping_is_found_by_its_name():
    mapping = load_mapping("ravenstack/accounts", kind="accounts")
    assert mapping.columns["external_id"] == "account_id"
    assert mapping.values["segment"]["basic"] == "basic"
    assert mapping.segments["basic"]["ebr_cadence_months"] == 8


def test_every_shipped_mapping_can_be_used():
    for name in shipped_names():
        assert load_mapping(name, kind=name.rpartition("/")[2]).columns


def test_one_column_may_be_two_fields(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('[columns]\n"Account" = ["external_id", "name"]\nSince = "started_on"\n')
    assert load_mapping(str(path), kind="accounts").columns == {
        "external_id": "Account",
        "name": "Account",
        "started_on": "Since",
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[colums]\n", "'colums' is none of"),
        ('[columns]\nId = "external"\n', "'external' is none of"),
        ('kind = "usage"\n', "is a mapping for usage, not for accounts"),
        ("[columns\n", "is no TOML"),
        ("[segments.smb]\ncadence = 3\n", "'cadence' is none of"),
        ('[file]\nseparator = ";"\n', "'separator' is none of"),
        ("columns = 5\n", "columns is a table, not 5"),
        ("values = 5\n", "values is a table, not 5"),
        ('[values]\nsegment = "x"\n', "segment is a table, not 'x'"),
        ("[values.segment]\nBasic = []\n", "one value, not"),
        ("[columns]\nId = 5\n", "a field or a list of fields, not 5"),
        ('[columns]\nId = ["external_id", ["name"]]\n', "a field or a list of fields"),
        ('[columns]\nId = "name"\nTitle = "name"\n', "name is both 'Id' and 'Title'"),
        ('[constants]\nsegment = ["x"]\n', "one value, not"),
        ('empty = "n/a"\n', "empty is a list of words"),
        ("empty = [5]\n", "empty is a list of words"),
        ("[file]\ndelimiter = 5\n", "text, not 5"),
        ('file = "x"\n', "file is a table"),
        ("[segments]\nsmb = 5\n", "smb is a table"),
        ("[segments.smb]\nposition = 1\n", "a segment needs a name"),
        ('[segments."S MB"]\nname = "SMB"\n', "a slug has letters"),
        ('[segments.smb]\nname = "SMB"\nebr_cadence_months = 0\n', "a whole number from 1"),
        ('[segments.smb]\nname = "SMB"\nposition = "x"\n', "a whole number from 0"),
        ('[segments.a]\nname = "SMB"\n[segments.b]\nname = "SMB"\n', "two of the same name"),
    ],
)
def test_a_mistake_in_a_mapping_is_named(tmp_path, text, sentence):
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(UnusableMapping, match=sentence):
        load_mapping(str(path), kind="accounts")


def test_a_mapping_that_is_not_there_lists_those_that_are():
    with pytest.raises(UnusableMapping, match="ravenstack/usage"):
        load_mapping("ravenstack/nothing", kind="usage")
