import json
from pathlib import Path
from typing import Any

import pytest

from formats.sources.iiif import find, is_iiif
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture
from tests.formats.servers import Failure, Web

V2, V3 = "http://iiif.io/api/presentation/2/context.json", "http://iiif.io/api/presentation/3/context.json"
SERVER = "https://images.example/iiif/a"


def service2(level: int = 2, **more: Any) -> dict[str, Any]:
    about = {
        "@context": "http://iiif.io/api/image/2/context.json",
        "profile": f"http://iiif.io/api/image/2/level{level}.json",
    }
    return {"@id": SERVER, **about, **more}


def service3(level: int = 2, **more: Any) -> dict[str, Any]:
    return {"id": f"{SERVER}/", "type": "ImageService3", "profile": f"level{level}", **more}


def canvas2(resource: Any, width: int = 4000, height: int = 3000) -> dict[str, Any]:
    return {"@type": "sc:Canvas", "width": width, "height": height, "images": [{"resource": resource}]}


def image2(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"@id": f"https://pictures.example/{number}.jpg", "@type": "dctypes:Image", **more}


def manifest2(*canvases: Any, url: str = "https://museum.example/2.json") -> dict[str, Any]:
    return {"@context": V2, "@id": url, "@type": "sc:Manifest", "sequences": [{"canvases": list(canvases)}]}


def canvas3(*bodies: Any, width: int = 4000, height: int = 3000) -> dict[str, Any]:
    painted = [{"type": "Annotation", "motivation": "painting", "body": body} for body in bodies]
    return {"type": "Canvas", "width": width, "height": height, "items": [{"type": "AnnotationPage", "items": painted}]}


def image3(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": f"https://pictures.example/{number}.jpg", "type": "Image", **more}


def manifest3(*canvases: Any) -> dict[str, Any]:
    return {"@context": V3, "id": "https://museum.example/3.json", "type": "Manifest", "items": list(canvases)}


def urls(folder: Path, document: Any) -> list[str]:
    path = folder / "manifest.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return [str(picture) for picture in find(str(path))]


@pytest.mark.parametrize(
    "document",
    [
        manifest2(canvas2(image2(0)), canvas2(image2(1))),
        manifest3(canvas3(image3(0)), canvas3(image3(1))),
        {**manifest3(canvas3(image3(0)), canvas3(image3(1))), "@context": ["http://www.w3.org/ns/anno.jsonld", V3]},
    ],
)
def test_pictures_in_order(tmp_path: Path, document: Any) -> None:
    assert urls(tmp_path, document) == [f"https://pictures.example/{number}.jpg" for number in (0, 1)]
    (picture, _) = find(str(tmp_path / "manifest.json"), cache="kept")
    assert (picture.name, picture.version(), picture.cache) == ("https://pictures.example/0.jpg", [], "kept")


@pytest.mark.parametrize(
    ("service", "sides", "expected"),
    [
        (service2(2), (4000, 3000), "!1024,1024"),
        # Level 1 of the Image API knows one side only.
        (service2(1), (4000, 3000), "1024,"),
        (service2(1), (3000, 4000), ",1024"),
        (
            service2(1, profile=["http://iiif.io/api/image/2/level1.json", {"supports": ["sizeByConfinedWh"]}]),
            (4000, 1),
            "!1024,1024",
        ),
        (service2(0), (4000, 3000), "full"),
        (service2(2), (1024, 700), "full"),
        # The service knows better than the canvas.
        (service2(2, width=800, height=900), (4000, 3000), "full"),
        (
            service2(0, sizes=[{"width": w, "height": w * 3 // 4} for w in (500, 1000, 2000, 4000)]),
            (4000, 3000),
            "2000,1500",
        ),
        (service2(0, sizes=[{"width": 4000, "height": 3000}]), (4000, 3000), "4000,3000"),
        (service2(2, sizes=[{"width": 4000, "height": 3000}]), (4000, 3000), "!1024,1024"),
        (service2(2, sizes=[{"width": 1200, "height": 900}]), (4000, 3000), "1200,900"),
        (service2(2, profile=["http://iiif.io/api/image/2/level2.json", {"maxWidth": 600}]), (4000, 3000), "!600,600"),
    ],
)
def test_sizes_of_image_api_2(tmp_path: Path, service: Any, sides: tuple[int, int], expected: str) -> None:
    document = manifest2(canvas2(image2(service=service), *sides))
    assert urls(tmp_path, document) == [f"{SERVER}/full/{expected}/0/default.jpg"]


@pytest.mark.parametrize(
    ("service", "sides", "expected"),
    [
        (service3(2), (4000, 3000), "!1024,1024"),
        (service3(1), (3000, 4000), ",1024"),
        (service3(1, extraFeatures=["sizeByConfinedWh"]), (4000, 3000), "!1024,1024"),
        (service3(0), (4000, 3000), "max"),
        (service3(2), (700, 1024), "max"),
        (service3(0, sizes=[{"width": 1500, "height": 2000}]), (3000, 4000), "1500,2000"),
        (service3(2, maxWidth=512), (4000, 3000), "!512,512"),
        ({"@id": SERVER, "@type": "ImageService2", "profile": "level2"}, (300, 200), "full"),
    ],
)
def test_sizes_of_image_api_3(tmp_path: Path, service: Any, sides: tuple[int, int], expected: str) -> None:
    width, height = sides
    login = {"id": "https://museum.example/login", "type": "AuthCookieService1"}
    document = manifest3(canvas3(image3(service=[login, service], width=width, height=height)))
    assert urls(tmp_path, document) == [f"{SERVER}/full/{expected}/0/default.jpg"]


def test_an_image_server_of_version_1(tmp_path: Path) -> None:
    profile = "http://library.stanford.edu/iiif/image-api/1.1/compliance.html#level2"
    document = manifest2(canvas2(image2(service={"@id": SERVER, "profile": profile})))
    assert urls(tmp_path, document) == [f"{SERVER}/full/!1024,1024/0/native.jpg"]


def test_a_choice_and_parts(tmp_path: Path) -> None:
    choice3 = {"type": "Choice", "items": [image3(0), image3(1)]}
    part3 = {"type": "SpecificResource", "source": image3(2), "selector": {}}
    assert urls(tmp_path, manifest3(canvas3(choice3, part3))) == [f"https://pictures.example/{n}.jpg" for n in (0, 2)]
    choice2 = {"@type": "oa:Choice", "default": image2(3), "item": [image2(4), "rdf:nil"]}
    part2 = {"@type": "oa:SpecificResource", "full": image2(5)}
    assert urls(tmp_path, manifest2(canvas2(choice2), canvas2(part2))) == [
        f"https://pictures.example/{n}.jpg" for n in (3, 5)
    ]


def test_canvases_without_a_picture_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = {"id": "https://pictures.example/film.mp4", "type": "Video"}
    document = manifest3(canvas3(film), canvas3(image3(0)), canvas3(), {"type": "Canvas"})
    assert urls(tmp_path, document) == ["https://pictures.example/0.jpg"]
    told = capsys.readouterr().err
    assert [part for part in ("manifest.json", "3 canvases", "items[0]", "video") if part not in told] == []


def test_a_picture_that_is_named_twice_is_read_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert urls(tmp_path, manifest3(canvas3(image3(0)), canvas3(image3(0)))) == ["https://pictures.example/0.jpg"]
    assert "manifest.json: 1 " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (manifest3(canvas3(image3(0)), canvas3({"type": "Image"})), "items[1].items[0].items[0].body.id"),
        (manifest3(canvas3(image3(0, id=7))), "items[0].items[0].items[0].body.id is 7"),
        (manifest3(canvas3(image3(0, id="a.jpg"))), "items[0].items[0].items[0].body.id"),
        (manifest3({"items": {}}), "items[0].items is {}"),
        (manifest3(7), "items[0] is 7"),
        (manifest2(canvas2(None)), "sequences[0].canvases[0].images[0].resource"),
        (manifest2(canvas2(image2(service={**service2(), "@id": None}))), "resource.service.id"),
        ({"@context": V3, "type": "Range"}, "type is 'Range'"),
        ({"@context": V3}, "type missing"),
        ([], "the document is []"),
        (manifest3(), "no pictures"),
        (manifest3(canvas3()), "no pictures"),
    ],
)
def test_documents_that_are_refused(tmp_path: Path, document: Any, place: str) -> None:
    with pytest.raises(UserError) as refused:
        urls(tmp_path, document)
    message = str(refused.value)
    assert message.startswith(str(tmp_path / "manifest.json"))
    assert place in message


@pytest.mark.parametrize("content", ["", "{", "<html>"])
def test_what_is_not_json(tmp_path: Path, content: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(content, encoding="utf-8")
    assert not is_iiif(str(path))
    with pytest.raises(UserError, match=r"manifest\.json"):
        list(find(str(path)))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (manifest2(), True),
        (manifest3(), True),
        ([{"picture": "a.jpg"}], False),
        ({"picture": {"0": "a.jpg"}}, False),
        ({"@context": "http://schema.org"}, False),
    ],
)
def test_manifests_are_told_from_lists(tmp_path: Path, document: Any, expected: bool) -> None:
    path = tmp_path / "l.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert is_iiif(str(path)) is expected
    assert not is_iiif(str(tmp_path / "gone.json"))


def collection(web: Web, version: int) -> str:
    """A collection with a manifest, itself, a collection in its text, one elsewhere, and one that is not there."""
    url = f"{web.address}/collection.json"
    pages = [json.dumps(manifest3(canvas3(image3(number)))).encode() for number in range(3)]
    first, second, third = (web.add(f"/{number}.json", page) for number, page in enumerate(pages))
    gone = f"{web.address}/gone.json"
    if version == 3:
        inner = {"id": f"{url}#inner", "type": "Collection", "items": [{"id": second, "type": "Manifest"}]}
        items = [{"id": first, "type": "Manifest"}, {"id": url, "type": "Collection"}, inner]
        items += [{"id": gone, "type": "Manifest"}, {"id": third, "type": "Manifest"}]
        document: Any = {"@context": V3, "id": url, "type": "Collection", "items": items}
    else:
        inner = {"@id": f"{url}#inner", "@type": "sc:Collection", "manifests": [{"@id": second}]}
        members = [{"@id": each, "@type": "sc:Manifest"} for each in (gone, third, first)]
        document = {"@context": V2, "@id": url, "@type": "sc:Collection", "members": members}
        document |= {"manifests": [{"@id": first}], "collections": [inner, {"@id": url}]}
    return web.add("/collection.json", json.dumps(document).encode())


@pytest.mark.parametrize("version", [2, 3])
def test_a_collection(web: Web, version: int) -> None:
    url = collection(web, version)
    assert is_iiif(url)
    found = list(find(url))
    names = ["https://pictures.example/0.jpg", "https://pictures.example/1.jpg", f"{web.address}/gone.json"]
    assert [str(picture) for picture in found] == [*names, "https://pictures.example/2.jpg"]
    # It is counted among the pictures that were left out.
    with pytest.raises(UnreadablePicture):
        found[2].read()


def test_a_collection_with_a_server_that_fails(web: Web) -> None:
    url = collection(web, 3)
    web.failures["/1.json"] = [Failure(503)] * 9
    with pytest.raises(UserError, match=r"/1\.json"):
        list(find(url))
    web.failures["/1.json"] = [Failure(503)] * 2
    assert len(list(find(url))) == 4


def test_a_manifest_that_is_not_there(web: Web, tmp_path: Path) -> None:
    assert not is_iiif(f"{web.address}/gone.json")
    for place in (f"{web.address}/gone.json", str(tmp_path / "gone.json")):
        with pytest.raises(UserError, match=r"gone\.json"):
            list(find(place))


def test_a_picture_of_an_image_server(web: Web, tmp_path: Path) -> None:
    service = {"id": f"{web.address}/ark%3A%2F1", "type": "ImageService3", "profile": "level2"}
    web.add("/ark%3A%2F1/full/!1024,1024/0/default.jpg", b"abc")
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest3(canvas3(image3(service=[service])))), encoding="utf-8")
    (picture,) = find(str(path))
    assert picture.read() == b"abc"
