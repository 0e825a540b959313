"""Vision-language models of a few thousand random weights, saved as transformers saves models with their processors."""

from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessor,
    BlipProcessor,
    BlipTextConfig,
    BlipVisionConfig,
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

from tests.speaker.tiny_language_model import END, UNKNOWN, whole_words

WORDS = "a the sea sky is calm dark warm red blue picture of and feels sad user what".split()  # noqa: SIM905
SIDE, PATCH = 16, 8
PICTURE_SIZE = {"height": SIDE, "width": SIDE}
CHAT = (
    "{% for message in messages %}user {% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image> {% else %}{{ part['text'] }} {% endif %}{% endfor %}{% endfor %}the"
)
SMALL = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
# Larger than usual, so that a random model says something else about each picture.
DEVIATION = 0.8


def llava(folder: Path) -> Path:
    """CLIP and Llama: a decoder that reads the picture among its words, with a chat template."""
    tokenizer = whole_words(WORDS)
    tokenizer.add_special_tokens([AddedToken("<image>", special=True)])
    torch.manual_seed(3)
    size, image = tokenizer.get_vocab_size(), tokenizer.token_to_id("<image>")
    vision = CLIPVisionConfig(**SMALL, image_size=SIDE, patch_size=PATCH, projection_dim=16)
    text = LlamaConfig(
        **SMALL, vocab_size=size, initializer_range=DEVIATION, pad_token_id=None, eos_token_id=0, bos_token_id=None
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=image,
        image_seq_length=4,
        vision_feature_layer=-1,
        initializer_range=DEVIATION,
    )
    model = LlavaForConditionalGeneration(config)
    model.generation_config.eos_token_id, model.generation_config.suppress_tokens = 0, [image]
    model.save_pretrained(folder)
    words = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=END, unk_token=UNKNOWN, extra_special_tokens={"image_token": "<image>"}
    )
    pictures = CLIPImageProcessor(size=PICTURE_SIZE, crop_size=PICTURE_SIZE)
    LlavaProcessor(
        pictures, words, PATCH, "default", CHAT, image_token="<image>", num_additional_image_tokens=1
    ).save_pretrained(folder)
    return folder


def blip(folder: Path) -> Path:
    """A decoder that looks at the picture by cross-attention and continues a text; a BERT, which ends with [SEP]."""
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[DEC]", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(vocabulary)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    torch.manual_seed(0)
    text = BlipTextConfig(
        **SMALL,
        vocab_size=len(vocabulary),
        encoder_hidden_size=16,
        projection_dim=16,
        max_position_embeddings=128,
        bos_token_id=4,
        eos_token_id=3,
        sep_token_id=3,
        pad_token_id=0,
        initializer_range=DEVIATION,
    )
    vision = BlipVisionConfig(**SMALL, image_size=SIDE, patch_size=PATCH, initializer_range=DEVIATION)
    config = BlipConfig(
        text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=16, initializer_range=DEVIATION
    )
    BlipForConditionalGeneration(config).save_pretrained(folder)
    words = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="[DEC]",
        **{f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")},
    )
    BlipProcessor(BlipImageProcessor(size=PICTURE_SIZE), words).save_pretrained(folder)
    return folder


FAMILIES: dict[str, Callable[[Path], Path]] = {"llava": llava, "blip": blip}
