# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models of the package transformers."""

from functools import partial

import torch

from .transformers_options import (
    BART,
    BERT_LIKE,
    BLOOM,
    CONFORMER,
    DEBERTA,
    DEEPSEEK,
    DISTILBERT,
    ENCODEC,
    GEMMA,
    GPT2,
    IMAGE,
    JAMBA,
    LLAMA_LIKE,
    MAMBA,
    MAMBA2,
    MIXTRAL,
    REFORMER,
    REFORMER_FUNCTIONS,
    RWKV,
    SEGFORMER,
    SWIN,
    T5,
    WAVE,
    WHISPER,
    XLNET,
    audio,
    clip,
    detr,
    image,
    long_text,
    sam,
    sam_inputs,
    sequence_to_sequence,
    short_audio,
    spectrogram,
    text,
    text_and_image,
)
from .zoo_model import NO_ATTENTION, NO_RECURRENCE, RAISES, ZooModel


def make(model, config, options, inputs):
    import transformers

    torch.manual_seed(0)
    config = getattr(transformers, config)(**options())
    return getattr(transformers, model)(config), inputs()


def entry(model, config, options, inputs=text, name=None, **more):
    options = options if callable(options) else partial(dict, **options)
    return ZooModel(name or model, "transformers", partial(make, model, config, options, inputs), **more)


PLAIN = ("forward", "training")
CHECKPOINTED = (*PLAIN, "checkpointed", "checkpointed_reentrant")
DECODER = (*CHECKPOINTED, "bfloat16", "generation")
PER_SAMPLE = (*PLAIN, "per_sample_gradients")


def attention(*arguments, **options):
    """A model that calls scaled_dot_product_attention."""
    return entry(*arguments, flop_counter=NO_ATTENTION, **options)


TEXT_ENCODERS = [
    attention("BertForSequenceClassification", "BertConfig", BERT_LIKE, ways=CHECKPOINTED),
    entry("BertModel", "BertConfig", {**BERT_LIKE, "attn_implementation": "eager"}, name="BertModel eager"),
    attention("DistilBertModel", "DistilBertConfig", DISTILBERT),
    entry("DebertaV2Model", "DebertaV2Config", DEBERTA, flop_counter=RAISES),
    entry("LongformerModel", "LongformerConfig", {**BERT_LIKE, "attention_window": [16, 16]}, long_text),
    entry("BigBirdModel", "BigBirdConfig", {**BERT_LIKE, "block_size": 8, "num_random_blocks": 1}, long_text),
    entry("ReformerModel", "ReformerConfig", REFORMER, long_text, unsupported=REFORMER_FUNCTIONS),
    entry("FNetModel", "FNetConfig", BERT_LIKE),
]
TEXT_DECODERS = [
    attention("GPT2LMHeadModel", "GPT2Config", GPT2, ways=DECODER),
    attention("LlamaForCausalLM", "LlamaConfig", LLAMA_LIKE, ways=DECODER),
    attention("MistralForCausalLM", "MistralConfig", {**LLAMA_LIKE, "sliding_window": 8}, ways=(*PLAIN, "generation")),
    attention("MixtralForCausalLM", "MixtralConfig", MIXTRAL, ways=DECODER),
    attention("Qwen2ForCausalLM", "Qwen2Config", LLAMA_LIKE),
    entry("Gemma2ForCausalLM", "Gemma2Config", GEMMA, ways=(*PLAIN, "generation")),
    attention("OPTForCausalLM", "OPTConfig", {**BERT_LIKE, "ffn_dim": 48, "word_embed_proj_dim": 32}),
    entry("BloomForCausalLM", "BloomConfig", BLOOM),
    entry("XLNetModel", "XLNetConfig", XLNET),
    attention("DeepseekV3ForCausalLM", "DeepseekV3Config", DEEPSEEK),
    attention("JambaForCausalLM", "JambaConfig", JAMBA),
    entry("MambaForCausalLM", "MambaConfig", MAMBA, ways=(*PLAIN, "generation")),
    entry("Mamba2ForCausalLM", "Mamba2Config", MAMBA2),
    entry("RwkvForCausalLM", "RwkvConfig", RWKV, ways=(*PLAIN, "generation")),
]
BOTH = [
    attention("T5ForConditionalGeneration", "T5Config", T5, sequence_to_sequence, ways=DECODER),
    attention("BartModel", "BartConfig", BART, sequence_to_sequence),
]
IMAGES = [
    attention("ViTModel", "ViTConfig", {**BERT_LIKE, **IMAGE}, image, ways=(*PER_SAMPLE, "bfloat16", "checkpointed")),
    attention("CLIPModel", "CLIPConfig", clip, text_and_image),
    attention("SwinModel", "SwinConfig", SWIN, image),
    attention("Dinov2Model", "Dinov2Config", {**BERT_LIKE, **IMAGE}, image),
    attention("SegformerModel", "SegformerConfig", SEGFORMER, image),
    attention("DetrForObjectDetection", "DetrConfig", detr, partial(image, 64)),
    entry("SamModel", "SamConfig", sam, sam_inputs, flop_counter=RAISES),
]
SOUND = [
    attention("WhisperForConditionalGeneration", "WhisperConfig", WHISPER, spectrogram, ways=(*PLAIN, "generation")),
    attention("Wav2Vec2ForCTC", "Wav2Vec2Config", WAVE, audio, ways=CHECKPOINTED),
    attention("Wav2Vec2ConformerModel", "Wav2Vec2ConformerConfig", CONFORMER, audio),
    attention("HubertModel", "HubertConfig", WAVE, audio),
    entry("EncodecModel", "EncodecConfig", ENCODEC, short_audio, flop_counter=NO_RECURRENCE),
]
MODELS = [*TEXT_ENCODERS, *TEXT_DECODERS, *BOTH, *IMAGES, *SOUND]
