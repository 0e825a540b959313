"""Web Annotations and manifests: what they say, by expansion of JSON-LD, and how targets are named."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pyld import jsonld

from formats.machine_captions import Decision, MachineCaption, Reviewed
from formats.sources.iiif import find
from formats.sources.picture import File
from formats.sources.remote import Canvas, RemoteFile
from formats.targets import address, target_of
from formats.web_annotations import CONTEXT, IIIF, annotation, manifest, model_uri, save
from stages.common.errors import UserError

OA, DC, AS = "http://www.w3.org/ns/oa#", "http://purl.org/dc/elements/1.1/", "http://www.w3.org/ns/activitystreams#"
TERMS, FOAF = "http://purl.org/dc/terms/", "http://xmlns.com/foaf/0.1/"
VALUE, LABEL = "http://www.w3.org/1999/02/22-rdf-syntax-ns#value", "http://www.w3.org/2000/01/rdf-schema#label"
# What the contexts of Web Annotations and of IIIF say of the terms that are used here.
ANNOTATION_TERMS = {
    "id": "@id",
    "type": "@type",
    **{name: f"{OA}{name}" for name in ("Annotation", "TextualBody", "commenting", "tagging")},
    "AnnotationPage": f"{AS}OrderedCollectionPage",
    "Software": f"{AS}Application",
    "Person": f"{FOAF}Person",
    "items": {"@id": f"{AS}items", "@type": "@id", "@container": "@list"},
    "partOf": {"@id": f"{AS}partOf", "@type": "@id"},
    "body": {"@id": f"{OA}hasBody", "@type": "@id"},
    "target": {"@id": f"{OA}hasTarget", "@type": "@id"},
    "motivation": {"@id": f"{OA}motivatedBy", "@type": "@vocab"},
    "purpose": {"@id": f"{OA}hasPurpose", "@type": "@vocab"},
    "creator": {"@id": f"{TERMS}creator", "@type": "@id"},
    "generator": {"@id": f"{AS}generator", "@type": "@id"},
    "value": VALUE,
    "language": f"{DC}language",
    "format": f"{DC}format",
    "name": f"{FOAF}name",
    "label": LABEL,
}
DIGEST = "ab" * 32


def caption(**changed: Any) -> MachineCaption:
    whole = {
        "picture": "/home/ann/museum/a b.jpg",
        "target": "https://museum.example/a%20b.jpg",
        "manifest": None,
        "image": "https://museum.example/a%20b.jpg",
        "width": 40,
        "height": 30,
        "digest": "cd" * 32,
        "rank": 0,
        "emotion": "awe",
        "text": "the sea is <calm>",
        "language": "en",
        "machine": "artemis-dvc, speaker sat",
        "model": DIGEST,
    }
    return MachineCaption(**(whole | changed))


def expanded(path: Path) -> dict[str, Any]:
    """The document as JSON-LD means it; a key that no context knows is an error."""

    def context(url: str, _: Any) -> dict[str, Any]:
        assert url == CONTEXT
        return {"documentUrl": url, "contextUrl": None, "document": {"@context": ANNOTATION_TERMS}}

    document = json.loads(path.read_text(encoding="utf-8"))
    options = {"documentLoader": context, "base": "https://museum.example/"}
    (found,) = jsonld.expand(document, options)
    assert _keys(document) - {"@context"} <= set(ANNOTATION_TERMS)
    return found


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    return set(value).union(*map(_keys, value.values())) if isinstance(value, dict) else set()


def test_what_an_annotation_says(tmp_path: Path) -> None:
    save([Reviewed(caption())], tmp_path / "museum.jsonld")
    page = expanded(tmp_path / "museum.jsonld")
    assert page["@type"] == [f"{AS}OrderedCollectionPage"]
    (items,) = page[f"{AS}items"]
    (found,) = items["@list"]
    assert found["@type"] == [f"{OA}Annotation"]
    assert found[f"{OA}motivatedBy"] == [{"@id": f"{OA}commenting"}]
    assert found[f"{OA}hasTarget"] == [{"@id": "https://museum.example/a%20b.jpg"}]
    text, *tags = found[f"{OA}hasBody"]
    assert text[VALUE] == [{"@value": "the sea is <calm>"}]
    assert text[f"{DC}language"] == [{"@value": "en"}]
    # A comment, and not a description.
    assert text[f"{OA}hasPurpose"] == [{"@id": f"{OA}commenting"}]
    assert "not a description" in text[LABEL][0]["@value"]
    (machine,) = text[f"{TERMS}creator"]
    assert machine["@type"] == [f"{AS}Application"]
    assert machine[f"{FOAF}name"] == [{"@value": "artemis-dvc, speaker sat"}]
    assert machine["@id"] == model_uri(DIGEST)
    assert [tag[VALUE][0]["@value"] for tag in tags] == ["feeling, by a machine", "awe"]


def test_the_uri_of_a_digest_is_that_of_the_standard() -> None:
    # The example of RFC 6920, section 8.1: the text "Hello World!".
    digest = "7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069"
    assert model_uri(digest) == "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"


def test_a_person_who_edited_is_the_creator(tmp_path: Path) -> None:
    edited = Reviewed(caption(), Decision.APPROVED, "the sea is calm", reviewer="Ann")
    text, tag, _ = annotation(edited)["body"]
    assert text["value"] == "the sea is calm"
    assert text["creator"] == {"type": "Person", "name": "Ann"}
    assert text["generator"]["id"] == model_uri(DIGEST)
    assert "edited by a person" in tag["value"]
    assert "approved by a person" in annotation(Reviewed(caption(), Decision.APPROVED))["body"][1]["value"]


def test_the_same_captions_give_the_same_bytes_and_others_other_names(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save([Reviewed(caption())], tmp_path / f"{name}.jsonld")
    assert (tmp_path / "a.jsonld").read_bytes() == (tmp_path / "b.jsonld").read_bytes()
    others = [caption(), caption(rank=1), caption(digest="ef" * 32), caption(text="else"), caption(model="01" * 32)]
    assert len({annotation(Reviewed(each))["id"] for each in others}) == len(others)


def test_a_manifest_has_a_canvas_for_each_picture_with_its_captions(tmp_path: Path) -> None:
    other = {"target": "https://museum.example/c.jpg", "image": "https://museum.example/c.jpg"}
    captions = [caption(), caption(**other), caption(rank=1, text="again")]
    written = save([Reviewed(each) for each in captions], tmp_path / "museum.jsonld")
    assert written == tmp_path / "museum.manifest.json"
    manifest = json.loads(written.read_text(encoding="utf-8"))
    assert (manifest["@context"], manifest["type"]) == (IIIF, "Manifest")
    assert "/home/ann" not in written.read_text(encoding="utf-8")
    first, second = manifest["items"]
    assert first["label"] == {"none": ["a b.jpg"]}
    assert (first["width"], first["height"]) == (40, 30)
    (painting,) = first["items"][0]["items"]
    assert painting["body"]["id"] == "https://museum.example/a%20b.jpg"
    assert painting["target"] == first["id"]
    (page,) = first["annotations"]
    assert [each["body"][0]["value"] for each in page["items"]] == ["the sea is <calm>", "again"]
    assert {each["target"] for each in page["items"]} == {first["id"]}
    assert len(second["annotations"][0]["items"]) == 1
    # It is a manifest that this project reads, too.
    assert [str(picture) for picture in find(str(written))] == [
        each["items"][0]["items"][0]["body"]["id"] for each in (first, second)
    ]


def test_without_addresses_there_is_no_manifest_and_no_old_one(tmp_path: Path) -> None:
    assert save([Reviewed(caption())], tmp_path / "museum.jsonld")
    assert save([Reviewed(caption(image="a.jpg", target="a.jpg"))], tmp_path / "museum.jsonld") is None
    assert not (tmp_path / "museum.manifest.json").exists()
    page = expanded(tmp_path / "museum.jsonld")
    assert page[f"{AS}items"][0]["@list"][0][f"{OA}hasTarget"] == [{"@id": "https://museum.example/a.jpg"}]


def test_without_captions_there_is_no_manifest(tmp_path: Path) -> None:
    assert save([], tmp_path / "museum.jsonld") is None
    assert [path.name for path in tmp_path.iterdir()] == ["museum.jsonld"]


@pytest.mark.parametrize(
    "content",
    ['{"@context": "http://iiif.io/api/presentation/3/context.json"}', "[]", "\xff", "[" * 100_000],
    ids=["another label", "a list", "no text", "nested"],
)
@pytest.mark.parametrize("image", ["https://museum.example/a.jpg", "a.jpg"])
def test_a_manifest_of_others_is_left_alone(tmp_path: Path, content: str, image: str) -> None:
    theirs = tmp_path / "museum.manifest.json"
    theirs.write_text(content, encoding="latin-1")
    with pytest.raises(UserError, match=r"museum\.manifest\.json"):
        save([Reviewed(caption(image=image))], tmp_path / "museum.jsonld")
    assert theirs.read_text(encoding="latin-1") == content
    assert not (tmp_path / "museum.jsonld").exists()


def test_a_canvas_has_the_name_of_its_picture() -> None:
    api = "https://iiif.example/image/3/The%20Sea/full/max/0/default.jpg"
    shown = manifest([Reviewed(caption(image=api))], "m.json")
    assert shown["items"][0]["label"] == {"none": ["The Sea"]}


def test_a_canvas_is_the_target_and_names_its_manifest() -> None:
    on_canvas = caption(target="https://museum.example/canvas/1", manifest="https://museum.example/manifest")
    assert annotation(Reviewed(on_canvas))["target"] == {
        "id": "https://museum.example/canvas/1",
        "partOf": {"id": "https://museum.example/manifest"},
    }
    assert annotation(Reviewed(on_canvas), on_canvas.target)["target"] == "https://museum.example/canvas/1"


@pytest.mark.parametrize(
    ("path", "base", "expected"),
    [
        ("museum/a.jpg", None, "a.jpg"),
        ("museum/hall 1/\u00e9.jpg", None, "hall%201/%C3%A9.jpg"),
        ("elsewhere/a#1?.jpg", None, "../elsewhere/a%231%3F.jpg"),
        ("museum/a:b.jpg", None, "./a:b.jpg"),
        ("museum/caf\udce9.jpg", None, "caf%E9.jpg"),
        ("museum/a.jpg", "https://museum.example/x", "https://museum.example/x/a.jpg"),
        ("elsewhere/a.jpg", "https://museum.example/x/", "https://museum.example/elsewhere/a.jpg"),
        ("museum/a:b.jpg", "https://museum.example", "https://museum.example/a:b.jpg"),
    ],
)
def test_addresses_of_files(tmp_path: Path, path: str, base: str | None, expected: str) -> None:
    assert address(File(str(tmp_path / path)), tmp_path / "museum", base) == expected


def test_targets(tmp_path: Path) -> None:
    Image.new("RGB", (8, 6)).save(tmp_path / "a.png")
    found = target_of(File(str(tmp_path / "a.png")), tmp_path, None)
    assert found == ("a.png", None, "a.png", 8, 6)
    canvas = Canvas("https://m.example/c", "https://m.example/m", 4000, 3000)
    remote = RemoteFile("https://i.example/full.jpg", (), None, canvas)
    # Of a canvas nothing need be fetched.
    assert target_of(remote, tmp_path, "https://x.example") == (
        *("https://m.example/c", "https://m.example/m", "https://i.example/full.jpg"),
        *(4000, 3000),
    )
