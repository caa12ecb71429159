"""Transformers, mixers and recurrent networks of the corpus, one function per network, built with torch."""

import torch
from torch import nn
from torch.nn import functional as F

from convolutional import Fn, conv, head
from registry import dynamo, network, ts


class FusedAttention(nn.Module):
    """Query, key and value from one linear layer; heads are blocks of its outputs."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.project = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x, bias=None):
        batch, length, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = q * (width // self.heads) ** -0.5 @ k.transpose(-2, -1)
        if bias is not None:
            scores = scores + bias
        return self.project((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width))


class SeparateAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.project = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = (layer(x).view(batch, length, self.heads, -1).transpose(1, 2) for layer in (self.q, self.k, self.v))
        scores = q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5
        return self.project((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width))


class TorchAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.project = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = (part.view(batch, length, self.heads, -1).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        return self.project(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, width))


def mlp(width, inner):
    return nn.Sequential(nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, width))


def encoder_block(width, attention):
    def forward(m, x):
        x = x + m.attention(m.norm1(x))
        return x + m.mlp(m.norm2(x))

    return Fn(forward, norm1=nn.LayerNorm(width), attention=attention, norm2=nn.LayerNorm(width), mlp=mlp(width, 2 * width))


def vit_with(attention, width=24, heads=3):
    """Patches of 8 x 8, a class token, learned positions, two encoder blocks."""

    def forward(m, x):
        x = m.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([m.token.expand(x.shape[0], -1, -1), x], 1) + m.positions
        return m.head(m.norm(m.blocks(x))[:, 0])

    made = Fn(
        forward, patches=nn.Conv2d(3, width, 8, 8), blocks=nn.Sequential(*[encoder_block(width, attention(width, heads)) for _ in range(2)]),
        norm=nn.LayerNorm(width), head=nn.Linear(width, 10),
    )
    made.token, made.positions = nn.Parameter(torch.randn(1, 1, width)), nn.Parameter(torch.randn(1, 17, width) * 0.2)
    return made


@network("ViT, fused qkv", ts(13), ts(17, folded=True), ts(17, dynamic=False), dynamo(18), dynamo(23))
def vit():
    return vit_with(FusedAttention)


@network("ViT, separate q, k and v", ts(13), dynamo(20))
def vit_separate():
    return vit_with(SeparateAttention)


@network("ViT, torch's scaled dot-product attention", ts(17), dynamo(18))
def vit_sdpa():
    return vit_with(TorchAttention)


@network("windowed attention with shifts and position bias (Swin)", ts(14, dynamic=False), dynamo(18, dynamic=False), dynamo(20), shape=(1, 3, 32, 32))
def swin():
    side, window, width = 8, 4, 16

    def block(m, x):
        batch = x.shape[0]
        y = m.norm1(x).view(batch, side, side, width)
        if m.shift:
            y = torch.roll(y, (-m.shift, -m.shift), (1, 2))
        cut = side // window
        y = y.view(batch, cut, window, cut, window, width).permute(0, 1, 3, 2, 4, 5).reshape(-1, window * window, width)
        y = m.attention(y, m.bias)
        y = y.view(batch, cut, cut, window, window, width).permute(0, 1, 3, 2, 4, 5).reshape(batch, side, side, width)
        if m.shift:
            y = torch.roll(y, (m.shift, m.shift), (1, 2))
        x = x + y.reshape(batch, side * side, width)
        return x + m.mlp(m.norm2(x))

    def make(shift):
        made = Fn(block, norm1=nn.LayerNorm(width), attention=FusedAttention(width, 2), norm2=nn.LayerNorm(width), mlp=mlp(width, 32))
        made.shift, made.bias = shift, nn.Parameter(torch.randn(1, 2, 16, 16) * 0.3)
        return made

    def merge(m, x):
        x = x.view(x.shape[0], side, side, width)
        x = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], -1)
        return m.reduce(m.norm(x.flatten(1, 2)))

    def forward(m, x):
        return m.head(m.merge(m.blocks(m.patches(x).flatten(2).transpose(1, 2))).mean(1))

    return Fn(
        forward, patches=nn.Conv2d(3, width, 4, 4), blocks=nn.Sequential(make(0), make(2)),
        merge=Fn(merge, norm=nn.LayerNorm(4 * width), reduce=nn.Linear(4 * width, 24, bias=False)), head=nn.Linear(24, 10),
    )


@network("MLP-Mixer", ts(13), dynamo(18))
def mlp_mixer():
    def block(m, x):
        x = x + m.tokens(m.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + m.channels(m.norm2(x))

    def make():
        return Fn(block, norm1=nn.LayerNorm(24), tokens=mlp(16, 32), norm2=nn.LayerNorm(24), channels=mlp(24, 48))

    def forward(m, x):
        return m.head(m.norm(m.blocks(m.patches(x).flatten(2).transpose(1, 2))).mean(1))

    return Fn(forward, patches=nn.Conv2d(3, 24, 8, 8), blocks=nn.Sequential(make(), make()), norm=nn.LayerNorm(24), head=nn.Linear(24, 10))


@network("attention and convolution mixed (MobileViT, CoAtNet)", ts(13), dynamo(18))
def hybrid_attention():
    def forward(m, x):
        x = m.stem(x)
        y = m.block(m.into(x).flatten(2).transpose(1, 2)).transpose(1, 2).reshape(-1, 24, 8, 8)
        return m.head(m.merge(torch.cat([x, m.back(y)], 1)))

    return Fn(
        forward, stem=nn.Sequential(conv(3, 16, 3, 2), conv(16, 16, 3, 2)), into=nn.Conv2d(16, 24, 1), block=encoder_block(24, SeparateAttention(24, 2)),
        back=conv(24, 16, 1), merge=conv(32, 24), head=head(24),
    )


@network("text classifier: embedding, encoder blocks, Gemm", ts(13), dynamo(18), shapes={"tokens": (1, 12)}, integers=50)
def text_encoder():
    def forward(m, tokens):
        x = m.embedding(tokens) + m.positions
        return m.head(torch.tanh(m.pooler(m.blocks(x)[:, 0])))

    made = Fn(
        forward, embedding=nn.Embedding(50, 16), blocks=nn.Sequential(encoder_block(16, SeparateAttention(16, 2)), encoder_block(16, SeparateAttention(16, 2))),
        pooler=nn.Linear(16, 16), head=nn.Linear(16, 4),
    )
    made.positions = nn.Parameter(torch.randn(1, 12, 16) * 0.2)
    return made


@network("LSTM", ts(13), ts(17, dynamic=False), dynamo(18, dynamic=False), shape=(1, 12, 8))
def lstm():
    return Fn(lambda m, x: m.fc(m.lstm(m.embed(x))[0][:, -1]), embed=nn.Linear(8, 16), lstm=nn.LSTM(16, 16, 2, batch_first=True, bidirectional=True), fc=nn.Linear(32, 5))


@network("GRU", ts(13), dynamo(18, dynamic=False), shape=(1, 12, 8))
def gru():
    return Fn(lambda m, x: m.fc(m.gru(x)[0].mean(1)), gru=nn.GRU(8, 24, batch_first=True), fc=nn.Linear(24, 5))


@network("convolutions before an LSTM (CRNN)", ts(13), shape=(1, 1, 16, 48))
def crnn():
    def forward(m, x):
        x = m.body(x).mean(2).transpose(1, 2)
        return m.fc(m.lstm(x)[0]).log_softmax(-1)

    body = nn.Sequential(conv(1, 12), nn.MaxPool2d(2), conv(12, 16), nn.MaxPool2d((2, 1)), conv(16, 24))
    return Fn(forward, body=body, lstm=nn.LSTM(24, 16, batch_first=True, bidirectional=True), fc=nn.Linear(32, 11))
