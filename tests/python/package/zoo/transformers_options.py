# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Tiny configurations of transformers' models, and inputs for them."""

import torch

BERT_LIKE = {
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 160,
}
LLAMA_LIKE = {**BERT_LIKE, "num_key_value_heads": 2, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
IMAGE = {"image_size": 32, "patch_size": 8}


def tokens(*shape):
    return torch.randint(3, 50, shape)


def text():
    return {"input_ids": tokens(2, 12)}


def long_text():
    return {"input_ids": tokens(1, 128), "attention_mask": torch.ones(1, 128, dtype=torch.long)}


def image(size=32):
    return {"pixel_values": torch.randn(2, 3, size, size)}


def sequence_to_sequence():
    return {"input_ids": tokens(2, 12), "decoder_input_ids": tokens(2, 7)}


def text_and_image():
    return {**text(), **image()}


def audio():
    return {"input_values": torch.randn(2, 3000)}


def short_audio():
    return {"input_values": torch.randn(1, 1, 640)}


def spectrogram():
    return {"input_features": torch.randn(2, 16, 40), "decoder_input_ids": tokens(2, 5)}


def clip():
    return {
        "text_config": {**BERT_LIKE, "eos_token_id": 2},
        "vision_config": {**BERT_LIKE, **IMAGE},
        "projection_dim": 16,
    }


def detr():
    import transformers

    backbone = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", out_features=["stage2"]
    )
    return {
        "use_timm_backbone": False,
        "use_pretrained_backbone": False,
        "backbone": None,
        "backbone_config": backbone,
        "d_model": 32,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 48,
        "decoder_ffn_dim": 48,
        "num_queries": 6,
        "num_labels": 5,
    }


def sam():
    return {
        "vision_config": {
            **IMAGE,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "output_channels": 16,
            "mlp_dim": 48,
            "window_size": 2,
            "global_attn_indexes": [1],
            "num_pos_feats": 8,
        },
        "prompt_encoder_config": {**IMAGE, "hidden_size": 16, "mask_input_channels": 4},
        "mask_decoder_config": {
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "mlp_dim": 24,
            "iou_head_hidden_dim": 16,
        },
    }


def sam_inputs():
    return {"pixel_values": torch.randn(1, 3, 32, 32), "input_points": torch.rand(1, 1, 2, 2) * 32}


WAVE = {
    **BERT_LIKE,
    "conv_dim": (16, 16, 16),
    "conv_stride": (5, 4, 2),
    "conv_kernel": (10, 8, 4),
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "do_stable_layer_norm": False,
}
T5 = {
    "vocab_size": 60,
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 48,
    "num_layers": 2,
    "num_heads": 4,
    "decoder_start_token_id": 0,
}
BART = {
    "vocab_size": 60,
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 160,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
}
MAMBA = {
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "vocab_size": 60,
    "hidden_size": 32,
    "state_size": 4,
    "num_hidden_layers": 2,
}
SWIN = {**IMAGE, "patch_size": 4, "embed_dim": 16, "depths": [1, 1], "num_heads": [2, 4], "window_size": 4}

DISTILBERT = {"vocab_size": 60, "dim": 32, "n_layers": 1, "n_heads": 4, "hidden_dim": 48}
DEBERTA = {**BERT_LIKE, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]}
REFORMER = {
    "vocab_size": 60,
    "hidden_size": 32,
    "num_attention_heads": 4,
    "attention_head_size": 8,
    "feed_forward_size": 48,
    "axial_pos_shape": [8, 16],
    "axial_pos_embds_dim": [16, 16],
    "attn_layers": ["local", "lsh"],
    "local_attn_chunk_length": 16,
    "lsh_attn_chunk_length": 16,
    "num_buckets": 4,
    "is_decoder": False,
}
REFORMER_FUNCTIONS = {
    "ReverseSort": "an autograd function that only gathers; where nothing is counted, it may have a kernel of its own",
    "_ReversibleFunction": "makes tensors itself, which a kernel of its own may have filled",
}
TOKENS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
GPT2 = {**TOKENS, "vocab_size": 60, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64}
MIXTRAL = {**LLAMA_LIKE, "num_local_experts": 4, "num_experts_per_tok": 2}
GEMMA = {**LLAMA_LIKE, "head_dim": 8, "query_pre_attn_scalar": 8}
BLOOM = {**TOKENS, "vocab_size": 60, "hidden_size": 32, "n_layer": 2, "n_head": 4}
XLNET = {"vocab_size": 60, "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 48}
MAMBA2 = {**MAMBA, "head_dim": 8, "num_heads": 8, "n_groups": 1, "chunk_size": 4}
RWKV = {**TOKENS, "vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2, "attention_hidden_size": 32}
SEGFORMER = {
    "num_encoder_blocks": 2,
    "depths": [1, 1],
    "sr_ratios": [2, 1],
    "hidden_sizes": [16, 32],
    "patch_sizes": [7, 3],
    "strides": [4, 2],
    "num_attention_heads": [1, 2],
    "mlp_ratios": [2, 2],
}
WHISPER = {**BART, "num_mel_bins": 16, "max_source_positions": 20, "max_target_positions": 20}
CONFORMER = {**WAVE, "conv_depthwise_kernel_size": 7, "position_embeddings_type": "relative"}
ENCODEC = {
    "num_filters": 4,
    "hidden_size": 16,
    "codebook_size": 16,
    "codebook_dim": 16,
    "upsampling_ratios": [4, 2],
    "num_lstm_layers": 1,
    "target_bandwidths": [24.0],
}
DEEPSEEK = {
    **LLAMA_LIKE,
    "num_key_value_heads": 4,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_group": 2,
    "topk_group": 1,
    "moe_intermediate_size": 24,
    "q_lora_rank": 16,
    "kv_lora_rank": 8,
    "qk_rope_head_dim": 4,
    "qk_nope_head_dim": 4,
    "v_head_dim": 8,
    "first_k_dense_replace": 1,
}
JAMBA = {
    **LLAMA_LIKE,
    "num_experts": 2,
    "mamba_d_state": 4,
    "attn_layer_period": 2,
    "attn_layer_offset": 1,
    "use_mamba_kernels": False,
}
