"""Convolutional networks of the corpus, one function per network, built with torch."""

import torch
from torch import nn
from torch.nn import functional as F

from registry import dynamo, network, ts


class Fn(nn.Module):
    """A module from a function of the input and named sub-modules: the smallest way to write a graph."""

    def __init__(self, function, **modules):
        super().__init__()
        self.function = function
        for name, module in modules.items():
            setattr(self, name, module)

    def forward(self, *inputs):
        return self.function(self, *inputs)


def conv(inputs, outputs, kernel=3, stride=1, groups=1, activation=nn.ReLU, dilation=1):
    """Convolution without bias, BatchNormalization, activation."""
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, dilation * (kernel // 2), dilation, groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([activation()] if activation else []))


def head(inputs, classes=10):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes))


# ---------------------------------------------------------------- plain


@network("plain", ts(11), ts(13, folded=True), ts(17), ts(20), dynamo(18), dynamo(23, folded=True), shape=(1, 3, 16, 16))
def plain():
    return nn.Sequential(
        conv(3, 12), nn.MaxPool2d(2), conv(12, 16), nn.MaxPool2d(2), conv(16, 24),
        nn.Flatten(), nn.Linear(24 * 16, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 10),
    )


@network("vgg", ts(12), ts(17, folded=True), dynamo(18), dynamo(20, simplified=True))
def vgg():
    layers, width = [], 3
    for outputs in (8, "pool", 12, "pool", 16, 16, "pool", 24, 24, "pool"):
        if outputs == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(width, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(True)]
            width = outputs
    classifier = [nn.Linear(24 * 4, 32), nn.ReLU(True), nn.Dropout(), nn.Linear(32, 24), nn.ReLU(True), nn.Dropout(), nn.Linear(24, 10)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d((2, 2)), nn.Flatten(), *classifier)


@network("alexnet with local response normalisation", ts(13), shape=(1, 3, 64, 64))
def alexnet_lrn():
    return nn.Sequential(
        nn.Conv2d(3, 16, 11, 4, 2), nn.ReLU(), nn.LocalResponseNorm(5), nn.MaxPool2d(3, 2),
        nn.Conv2d(16, 32, 5, padding=2, groups=2), nn.ReLU(), nn.LocalResponseNorm(5), nn.MaxPool2d(3, 2),
        nn.Conv2d(32, 24, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(24 * 9, 10),
    )


# ---------------------------------------------------------------- residual


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride=1, groups=1):
        super().__init__()
        self.body = nn.Sequential(conv(inputs, outputs, 3, stride), conv(outputs, outputs, 3, groups=groups, activation=None))
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else conv(inputs, outputs, 1, stride, activation=None)

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


class Bottleneck(nn.Module):
    def __init__(self, inputs, inner, outputs, stride=1, groups=1, squeeze=None):
        super().__init__()
        self.body = nn.Sequential(
            conv(inputs, inner, 1), conv(inner, inner, 3, stride, groups),
            squeeze(inner) if squeeze else nn.Identity(), conv(inner, outputs, 1, activation=None),
        )
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else conv(inputs, outputs, 1, stride, activation=None)

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


@network("residual", ts(11), ts(14, folded=True), ts(18), dynamo(18), dynamo(20, folded=True), dynamo(24), dynamo(20, simplified=True))
def resnet():
    return nn.Sequential(
        conv(3, 8, 7, 2), nn.MaxPool2d(3, 2, 1), BasicBlock(8, 8), BasicBlock(8, 8),
        BasicBlock(8, 16, 2), BasicBlock(16, 16), BasicBlock(16, 24, 2), head(24),
    )


@network("residual, bottlenecks", ts(13), dynamo(21, folded=True))
def resnet_bottleneck():
    return nn.Sequential(
        conv(3, 16, 3, 2), Bottleneck(16, 8, 32), Bottleneck(32, 8, 32), Bottleneck(32, 16, 48, 2), Bottleneck(48, 16, 48), head(48),
    )


class PreActivation(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = None if inputs == outputs and stride == 1 else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        y = F.relu(self.bn1(x))
        shortcut = x if self.shortcut is None else self.shortcut(y)
        return self.conv2(F.relu(self.bn2(self.conv1(y)))) + shortcut


@network("residual, pre-activation", ts(12), ts(17, folded=True), dynamo(18), dynamo(20, simplified=True))
def resnet_preactivation():
    return nn.Sequential(
        nn.Conv2d(3, 12, 3, padding=1, bias=False), PreActivation(12, 12), PreActivation(12, 16, 2), PreActivation(16, 16),
        nn.BatchNorm2d(16), nn.ReLU(), head(16),
    )


@network("residual, three branches", ts(13), dynamo(18))
def residual_three_branches():
    def forward(m, x):
        x = m.stem(x)
        x = F.relu(m.left(x) + m.middle(x) + m.right(x))
        return m.head(F.relu(x + (m.left2(x) + m.right2(x))))

    return Fn(
        forward, stem=conv(3, 16), left=conv(16, 20, 3, activation=None), middle=conv(16, 20, 1, activation=None),
        right=nn.Sequential(conv(16, 12, 3), conv(12, 20, 3, activation=None)),
        left2=conv(20, 20, 3, activation=None), right2=conv(20, 20, 1, activation=None), head=head(20),
    )


@network("residual, shortcut by slicing and padding the channels", ts(11), ts(17), dynamo(18))
def resnet_padded_shortcut():
    def block(m, x):
        return F.relu(m.body(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 4, 4)))

    first = Fn(block, body=nn.Sequential(conv(8, 16, 3, 2), conv(16, 16, activation=None)))
    return nn.Sequential(conv(3, 8), first, BasicBlock(16, 16), head(16))


@network("residual, RepVGG before it is fused", ts(13))
def repvgg():
    def block(m, x):
        return F.relu(m.three(x) + m.one(x) + m.identity(x))

    def make(width):
        return Fn(block, three=conv(width, width, 3, activation=None), one=conv(width, width, 1, activation=None), identity=nn.BatchNorm2d(width))

    return nn.Sequential(conv(3, 16, 3, 2), make(16), make(16), conv(16, 24, 3, 2), make(24), head(24))


@network("residual, grouped convolutions (ResNeXt)", ts(13), ts(17, folded=True), dynamo(18), dynamo(20, simplified=True))
def resnext():
    return nn.Sequential(
        conv(3, 16, 3, 2), Bottleneck(16, 16, 32, groups=4), Bottleneck(32, 16, 32, groups=4), Bottleneck(32, 24, 48, 2, groups=8), head(48),
    )


@network("residual, grouped convolutions and squeeze-and-excitation (RegNet)", ts(14), dynamo(18, folded=True))
def regnet():
    return nn.Sequential(
        conv(3, 16, 3, 2), Bottleneck(16, 24, 24, 2, groups=3, squeeze=SqueezeConv), Bottleneck(24, 24, 24, groups=3, squeeze=SqueezeConv),
        Bottleneck(24, 40, 40, 2, groups=5, squeeze=SqueezeConv), head(40),
    )


@network("residual, hierarchical split (Res2Net)", ts(13), dynamo(18))
def res2net():
    def block(m, x):
        parts = torch.split(m.reduce(x), 8, 1)
        made = [parts[0]]
        for i, part in enumerate(parts[1:]):
            made.append(m.convs[i](part if i == 0 else part + made[-1]))
        return F.relu(m.expand(torch.cat(made, 1)) + x)

    def make():
        return Fn(block, reduce=conv(32, 32, 1), convs=nn.ModuleList([conv(8, 8) for _ in range(3)]), expand=conv(32, 32, 1, activation=None))

    return nn.Sequential(conv(3, 32, 3, 2), make(), make(), head(32))


# ---------------------------------------------------------------- concatenation


@network("DenseNet", ts(11), ts(17, folded=True), dynamo(18), dynamo(22), dynamo(20, simplified=True))
def densenet():
    def layer(m, x):
        return torch.cat([x, m.conv2(F.relu(m.bn2(m.conv1(F.relu(m.bn1(x))))))], 1)

    def make(width, growth=8):
        return Fn(
            layer, bn1=nn.BatchNorm2d(width), conv1=nn.Conv2d(width, 16, 1, bias=False),
            bn2=nn.BatchNorm2d(16), conv2=nn.Conv2d(16, growth, 3, padding=1, bias=False),
        )

    transition = nn.Sequential(nn.BatchNorm2d(40), nn.ReLU(), nn.Conv2d(40, 20, 1, bias=False), nn.AvgPool2d(2))
    return nn.Sequential(
        conv(3, 16, 3, 2), make(16), make(24), make(32), transition, make(20), make(28), nn.BatchNorm2d(36), nn.ReLU(), head(36),
    )


@network("Inception", ts(12), ts(17, folded=True), dynamo(18), dynamo(20, simplified=True))
def inception():
    def block(m, x):
        return torch.cat([m.one(x), m.three(x), m.asymmetric(x), m.pooled(F.avg_pool2d(x, 3, 1, 1))], 1)

    def make(width):
        asymmetric = nn.Sequential(
            conv(width, 8, 1), nn.Conv2d(8, 12, (1, 7), padding=(0, 3), bias=False), nn.BatchNorm2d(12), nn.ReLU(),
            nn.Conv2d(12, 12, (7, 1), padding=(3, 0), bias=False), nn.BatchNorm2d(12), nn.ReLU(),
        )
        return Fn(block, one=conv(width, 8, 1), three=nn.Sequential(conv(width, 8, 1), conv(8, 16)), asymmetric=asymmetric, pooled=conv(width, 8, 1))

    return nn.Sequential(conv(3, 16, 3, 2), make(16), nn.MaxPool2d(3, 2), make(44), head(44))


@network("SqueezeNet", ts(11), dynamo(18))
def squeezenet():
    def fire(m, x):
        x = F.relu(m.squeeze(x))
        return torch.cat([F.relu(m.one(x)), F.relu(m.three(x))], 1)

    def make(inputs, inner, outputs):
        return Fn(fire, squeeze=nn.Conv2d(inputs, inner, 1), one=nn.Conv2d(inner, outputs, 1), three=nn.Conv2d(inner, outputs, 3, padding=1))

    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), make(16, 8, 16), make(32, 8, 16), nn.MaxPool2d(3, 2, ceil_mode=True),
        make(32, 12, 24), nn.Conv2d(48, 10, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )


@network("U-Net", ts(13), ts(17, folded=True), dynamo(18), dynamo(20, simplified=True))
def unet():
    def forward(m, x):
        first = m.down1(x)
        second = m.down2(F.max_pool2d(first, 2))
        bottom = m.bottom(F.max_pool2d(second, 2))
        up = m.merge2(torch.cat([m.up2(bottom), second], 1))
        up = m.merge1(torch.cat([m.up1(up), first], 1))
        return torch.sigmoid(m.out(up))

    def double(inputs, outputs):
        return nn.Sequential(conv(inputs, outputs), conv(outputs, outputs))

    return Fn(
        forward, down1=double(3, 8), down2=double(8, 12), bottom=double(12, 16), up2=nn.ConvTranspose2d(16, 12, 2, 2),
        merge2=double(24, 12), up1=nn.ConvTranspose2d(12, 8, 2, 2), merge1=double(16, 8), out=nn.Conv2d(8, 1, 1),
    )


@network("feature pyramid, nearest upsampling, three outputs", ts(13), dynamo(18), outputs=("p3", "p4", "p5"))
def feature_pyramid():
    def forward(m, x):
        c3 = m.c3(x)
        c4 = m.c4(c3)
        c5 = m.c5(c4)
        p5 = m.l5(c5)
        p4 = m.l4(c4) + F.interpolate(p5, scale_factor=2.0, mode="nearest")
        p3 = m.l3(c3) + F.interpolate(p4, scale_factor=2.0, mode="nearest")
        return m.out(p3), m.out(p4), m.out(p5)

    lateral = {f"l{i}": nn.Conv2d(width, 24, 1) for i, width in ((3, 16), (4, 24), (5, 32))}
    return Fn(forward, c3=conv(3, 16, 3, 2), c4=conv(16, 24, 3, 2), c5=conv(24, 32, 3, 2), out=nn.Conv2d(24, 24, 3, padding=1), **lateral)


@network("segmentation with dilated convolutions (DeepLab)", ts(13), dynamo(18, folded=True))
def deeplab():
    def forward(m, x):
        y = m.body(x)
        pooled = F.interpolate(m.image(y.mean((2, 3), keepdim=True)), size=(16, 16), mode="bilinear", align_corners=False)
        y = m.project(torch.cat([m.a1(y), m.a2(y), m.a3(y), pooled], 1))
        return F.interpolate(m.out(y), scale_factor=2.0, mode="bilinear", align_corners=False)

    return Fn(
        forward, body=nn.Sequential(conv(3, 16, 3, 2), conv(16, 32)), a1=conv(32, 16, 1), a2=conv(32, 16, dilation=2), a3=conv(32, 16, dilation=4),
        image=conv(32, 16, 1), project=conv(64, 24, 1), out=nn.Conv2d(24, 5, 1),
    )


@network("one tensor concatenated twice", ts(13))
def concat_self():
    return Fn(lambda m, x: m.head(m.two(torch.cat([y := m.one(x), -y], 1))), one=conv(3, 12), two=conv(24, 16), head=head(16))


# ---------------------------------------------------------------- split, chunk, shuffle


def channel_shuffle(x, groups):
    batch, channels, height, width = x.shape
    return x.view(batch, groups, channels // groups, height, width).transpose(1, 2).reshape(batch, channels, height, width)


@network("ShuffleNet, shuffle after grouped 1x1 convolutions", ts(13), ts(18, dynamic=False, folded=True), dynamo(18))
def shufflenet_v1():
    def block(m, x):
        y = channel_shuffle(m.reduce(x), 3)
        return F.relu(x + m.expand(m.depthwise(y)))

    def make(width):
        return Fn(
            block, reduce=conv(width, width // 2, 1, groups=3), depthwise=conv(width // 2, width // 2, groups=width // 2, activation=None),
            expand=conv(width // 2, width, 1, groups=3, activation=None),
        )

    return nn.Sequential(conv(3, 24, 3, 2), make(24), make(24), conv(24, 48, 3, 2), make(48), head(48))


@network("ShuffleNetV2: split and shuffle", ts(11), ts(17, folded=True), ts(16, dynamic=False), dynamo(18), dynamo(23), dynamo(20, simplified=True))
def shufflenet_v2():
    def keep(m, x):
        left, right = x.chunk(2, 1)
        return channel_shuffle(torch.cat([left, m.right(right)], 1), 2)

    def down(m, x):
        return channel_shuffle(torch.cat([m.left(x), m.right(x)], 1), 2)

    def right(inputs, outputs, stride):
        return nn.Sequential(conv(inputs, outputs, 1), conv(outputs, outputs, 3, stride, outputs, None), conv(outputs, outputs, 1))

    def left(inputs, outputs):
        return nn.Sequential(conv(inputs, inputs, 3, 2, inputs, None), conv(inputs, outputs, 1))

    return nn.Sequential(
        conv(3, 16, 3, 2), Fn(down, left=left(16, 16), right=right(16, 16, 2)), Fn(keep, right=right(16, 16, 1)), Fn(keep, right=right(16, 16, 1)),
        Fn(down, left=left(32, 24), right=right(32, 24, 2)), Fn(keep, right=right(24, 24, 1)), conv(48, 64, 1), head(64),
    )


@network("shuffle through Gather", ts(13), dynamo(18))
def shuffle_gather():
    order = torch.arange(24).view(4, 6).t().reshape(-1)

    def forward(m, x):
        return m.head(m.two(F.relu(m.one(x)[:, m.order])))

    net = Fn(forward, one=conv(3, 24), two=conv(24, 16, groups=2), head=head(16))
    net.register_buffer("order", order)
    return net


@network("YOLO-like: C2f with chunk, SPPF, detection head", ts(13), ts(17, folded=True), dynamo(18), dynamo(20, simplified=True), shape=(1, 3, 64, 64))
def yolo_c2f():
    silu = nn.SiLU

    def c2f(m, x):
        parts = list(m.first(x).chunk(2, 1))
        for block in m.blocks:
            parts.append(parts[-1] + block(parts[-1]))
        return m.last(torch.cat(parts, 1))

    def make_c2f(inputs, outputs, depth):
        inner = outputs // 2
        blocks = nn.ModuleList([nn.Sequential(conv(inner, inner, activation=silu), conv(inner, inner, activation=silu)) for _ in range(depth)])
        return Fn(c2f, first=conv(inputs, outputs, 1, activation=silu), blocks=blocks, last=conv((2 + depth) * inner, outputs, 1, activation=silu))

    def sppf(m, x):
        x = m.first(x)
        a = F.max_pool2d(x, 5, 1, 2)
        b = F.max_pool2d(a, 5, 1, 2)
        return m.last(torch.cat([x, a, b, F.max_pool2d(b, 5, 1, 2)], 1))

    def forward(m, x):
        p3 = m.p3(x)
        p4 = m.sppf(m.p4(p3))
        p3 = m.top(torch.cat([F.interpolate(p4, scale_factor=2.0, mode="nearest"), p3], 1))
        heads = [torch.cat([m.box[i](p), m.cls[i](p)], 1).flatten(2) for i, p in enumerate((p3, p4))]
        box, cls = torch.cat(heads, 2).split((8, 4), 1)
        return torch.cat([box, cls.sigmoid()], 1)

    def branch(width, outputs):
        return nn.Sequential(conv(width, 8, activation=silu), nn.Conv2d(8, outputs, 1))

    return Fn(
        forward, p3=nn.Sequential(conv(3, 8, 3, 2, activation=silu), conv(8, 16, 3, 2, activation=silu), make_c2f(16, 16, 2)),
        p4=nn.Sequential(conv(16, 24, 3, 2, activation=silu), make_c2f(24, 24, 1)),
        sppf=Fn(sppf, first=conv(24, 12, 1, activation=silu), last=conv(48, 24, 1, activation=silu)), top=make_c2f(40, 16, 1),
        box=nn.ModuleList([branch(16, 8), branch(24, 8)]), cls=nn.ModuleList([branch(16, 4), branch(24, 4)]),
    )


@network("gated linear units: uneven and even split", ts(13), dynamo(18))
def gated():
    def forward(m, x):
        a, b = m.one(x).chunk(2, 1)
        x = a * torch.sigmoid(b)
        small, large = m.two(x).split((8, 16), 1)
        return m.head(torch.cat([m.small(small), large], 1))

    return Fn(forward, one=conv(3, 32, activation=None), two=conv(16, 24), small=conv(8, 8), head=head(24))


@network("ghost modules: cheap features joined and sliced", ts(13))
def ghostnet():
    def ghost(m, x):
        first = m.primary(x)
        return torch.cat([first, m.cheap(first)], 1)[:, :20]

    def make(inputs):
        return Fn(ghost, primary=conv(inputs, 12, 1), cheap=conv(12, 12, 3, groups=12))

    return nn.Sequential(conv(3, 16, 3, 2), make(16), make(20), head(20))


# ---------------------------------------------------------------- depthwise, squeeze-and-excitation


class SqueezeConv(nn.Module):
    """Squeeze-and-excitation by 1x1 convolutions."""

    def __init__(self, width, gate=torch.sigmoid, activation=F.relu):
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(width, width // 4, 1), nn.Conv2d(width // 4, width, 1)
        self.gate, self.activation = gate, activation

    def forward(self, x):
        return x * self.gate(self.expand(self.activation(self.reduce(F.adaptive_avg_pool2d(x, 1)))))


class SqueezeGemm(nn.Module):
    """Squeeze-and-excitation by fully connected layers, as SENet writes it."""

    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, width // 4), nn.ReLU(), nn.Linear(width // 4, width), nn.Sigmoid())

    def forward(self, x):
        batch, width = x.shape[:2]
        return x * self.layers(F.adaptive_avg_pool2d(x, 1).view(batch, width)).view(batch, width, 1, 1).expand_as(x)


def hard_sigmoid_by_parts(x):
    return F.relu6(x + 3.0) / 6.0


class InvertedResidual(nn.Module):
    def __init__(self, inputs, expanded, outputs, stride=1, kernel=3, activation=nn.ReLU6, squeeze=None):
        super().__init__()
        self.residual = stride == 1 and inputs == outputs
        self.body = nn.Sequential(
            conv(inputs, expanded, 1, activation=activation), conv(expanded, expanded, kernel, stride, expanded, activation),
            squeeze(expanded) if squeeze else nn.Identity(), conv(expanded, outputs, 1, activation=None),
        )

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


@network("MobileNetV1", ts(12), dynamo(18, folded=True))
def mobilenet_v1():
    def separable(inputs, outputs, stride):
        return nn.Sequential(conv(inputs, inputs, 3, stride, inputs), conv(inputs, outputs, 1))

    return nn.Sequential(conv(3, 16, 3, 2), separable(16, 24, 1), separable(24, 32, 2), separable(32, 48, 1), head(48))


@network("MobileNetV2", ts(11), ts(17, folded=True), dynamo(18), dynamo(19, folded=True), dynamo(20, simplified=True))
def mobilenet_v2():
    return nn.Sequential(
        conv(3, 16, 3, 2, activation=nn.ReLU6), InvertedResidual(16, 32, 12), InvertedResidual(12, 36, 16, 2), InvertedResidual(16, 48, 16),
        InvertedResidual(16, 48, 20, 2), InvertedResidual(20, 60, 20), conv(20, 48, 1, activation=nn.ReLU6), nn.Dropout(0.2), head(48),
    )


def mobilenet_v3_with(gate, swish):
    def squeeze(width):
        return SqueezeConv(width, gate)

    return nn.Sequential(
        conv(3, 16, 3, 2, activation=swish), InvertedResidual(16, 16, 16, 2, activation=nn.ReLU, squeeze=squeeze), InvertedResidual(16, 48, 24, activation=nn.ReLU),
        InvertedResidual(24, 64, 24, kernel=5, activation=swish, squeeze=squeeze), conv(24, 64, 1, activation=swish),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 48), swish(), nn.Dropout(0.2), nn.Linear(48, 10),
    )


@network("MobileNetV3", ts(12), ts(17, folded=True), dynamo(18), dynamo(20, simplified=True))
def mobilenet_v3():
    return mobilenet_v3_with(F.hardsigmoid, nn.Hardswish)


@network("MobileNetV3, hard-sigmoid decomposed into primitive operators", ts(11), dynamo(18))
def mobilenet_v3_decomposed():
    return mobilenet_v3_with(hard_sigmoid_by_parts, lambda: Fn(lambda m, x: x * hard_sigmoid_by_parts(x)))


@network("EfficientNet", ts(13), ts(17, folded=True), dynamo(18), dynamo(22, folded=True), dynamo(20, simplified=True))
def efficientnet():
    def squeeze(width):
        return SqueezeConv(width, torch.sigmoid, F.silu)

    def block(*arguments, **options):
        return InvertedResidual(*arguments, activation=nn.SiLU, squeeze=squeeze, **options)

    return nn.Sequential(
        conv(3, 12, 3, 2, activation=nn.SiLU), conv(12, 12, 3, groups=12, activation=nn.SiLU), block(12, 32, 16, stride=2), block(16, 48, 16, kernel=5),
        block(16, 48, 24, stride=2), conv(24, 48, 1, activation=nn.SiLU), head(48),
    )


@network("squeeze-and-excitation by Gemm", ts(11), ts(17), dynamo(18), dynamo(20, simplified=True))
def senet_gemm():
    return nn.Sequential(
        conv(3, 16, 3, 2), Bottleneck(16, 12, 24, squeeze=SqueezeGemm), Bottleneck(24, 12, 24, squeeze=SqueezeGemm), conv(24, 16), SqueezeGemm(16), head(16),
    )


@network("channel and spatial attention (CBAM), channel attention by a 1-D convolution (ECA)", ts(13), dynamo(18))
def attention_gates():
    def cbam(m, x):
        channel = m.mlp(F.adaptive_avg_pool2d(x, 1)) + m.mlp(F.adaptive_max_pool2d(x, 1))
        x = x * torch.sigmoid(channel)
        spatial = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        return x * torch.sigmoid(m.spatial(spatial))

    def eca(m, x):
        y = F.adaptive_avg_pool2d(x, 1).squeeze(-1).transpose(-1, -2)
        return x * torch.sigmoid(m.conv(y).transpose(-1, -2).unsqueeze(-1))

    mlp = nn.Sequential(nn.Conv2d(24, 6, 1), nn.ReLU(), nn.Conv2d(6, 24, 1))
    return nn.Sequential(
        conv(3, 24, 3, 2), Fn(cbam, mlp=mlp, spatial=nn.Conv2d(2, 1, 7, padding=3)), conv(24, 32), Fn(eca, conv=nn.Conv1d(1, 1, 3, padding=1, bias=False)), head(32),
    )


@network("selective kernels: softmax over branches", ts(13))
def sknet():
    def forward(m, x):
        x = m.stem(x)
        a, b = m.small(x), m.large(x)
        weights = m.expand(F.relu(m.reduce((a + b).mean((2, 3))))).view(-1, 2, 24).softmax(1)
        return m.head(a * weights[:, 0, :, None, None] + b * weights[:, 1, :, None, None])

    return Fn(forward, stem=conv(3, 16, 3, 2), small=conv(16, 24), large=conv(16, 24, dilation=2), reduce=nn.Linear(24, 8), expand=nn.Linear(8, 48), head=head(24))


# ---------------------------------------------------------------- other normalisations and activations


@network("GroupNorm", ts(13), ts(18), dynamo(18), dynamo(21))
def groupnorm():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 2, 1), nn.GroupNorm(4, 16), nn.ReLU(), nn.Conv2d(16, 24, 3, padding=1), nn.GroupNorm(6, 24), nn.SiLU(),
        nn.Conv2d(24, 32, 3, 2, 1), nn.GroupNorm(1, 32), nn.ReLU(), head(32),
    )


@network("InstanceNorm, reflecting pads, style transfer", ts(13), dynamo(18), shape=(1, 3, 24, 24))
def style_instancenorm():
    def residual(m, x):
        return x + m.body(x)

    def layer(inputs, outputs, kernel, stride, last=False):
        layers = [nn.ReflectionPad2d(kernel // 2), nn.Conv2d(inputs, outputs, kernel, stride)]
        return nn.Sequential(*layers) if last else nn.Sequential(*layers, nn.InstanceNorm2d(outputs, affine=True), nn.ReLU())

    return nn.Sequential(
        layer(3, 8, 5, 1), layer(8, 16, 3, 2), Fn(residual, body=nn.Sequential(layer(16, 16, 3, 1), layer(16, 16, 3, 1))),
        nn.Upsample(scale_factor=2.0, mode="nearest"), layer(16, 8, 3, 1), layer(8, 3, 5, 1, last=True),
    )


class ChannelsLayerNorm(nn.Module):
    """LayerNorm over the channels of an NCHW tensor, from primitive operators."""

    def __init__(self, width):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.rand(width) + 0.5), nn.Parameter(torch.randn(width) * 0.3)

    def forward(self, x):
        centred = x - x.mean(1, keepdim=True)
        scaled = centred / torch.sqrt(centred.pow(2).mean(1, keepdim=True) + 1e-6)
        return self.weight[:, None, None] * scaled + self.bias[:, None, None]


@network("ConvNeXt", ts(13), ts(17, folded=True), dynamo(18), dynamo(23))
def convnext():
    def block(m, x):
        y = m.depthwise(x).permute(0, 2, 3, 1)
        y = m.project(F.gelu(m.expand(m.norm(y)))) * m.scale
        return x + y.permute(0, 3, 1, 2)

    def make(width):
        made = Fn(
            block, depthwise=nn.Conv2d(width, width, 7, padding=3, groups=width), norm=nn.LayerNorm(width, eps=1e-6),
            expand=nn.Linear(width, 4 * width), project=nn.Linear(4 * width, width),
        )
        made.scale = nn.Parameter(torch.rand(width) * 0.5)
        return made

    return nn.Sequential(
        nn.Conv2d(3, 16, 4, 4), ChannelsLayerNorm(16), make(16), make(16), ChannelsLayerNorm(16), nn.Conv2d(16, 24, 2, 2), make(24),
        Fn(lambda m, x: m.fc(m.norm(x.mean((-2, -1)))), norm=nn.LayerNorm(24), fc=nn.Linear(24, 10)),
    )


@network("activations: PRelu by channel and shared, LeakyRelu, Elu, Celu, Softplus, Mish, Clip", ts(13), dynamo(18))
def activations():
    return nn.Sequential(
        conv(3, 8, activation=None), nn.PReLU(8), conv(8, 8, activation=None), nn.PReLU(), conv(8, 12, activation=lambda: nn.LeakyReLU(0.1)),
        conv(12, 12, activation=nn.ELU), conv(12, 12, activation=nn.CELU), conv(12, 8, activation=nn.Softplus),
        conv(8, 8, activation=nn.Mish), conv(8, 8, activation=lambda: nn.Hardtanh(-0.5, 2.0)), head(8),
    )


@network("BatchNormalization in odd places: after pooling, concat and Gemm, before a padded convolution, twice", ts(13), ts(17, folded=True), dynamo(18), dynamo(20, simplified=True))
def batchnorm_places():
    def forward(m, x):
        x = m.one(m.bn_input(x))
        x = m.bn_pool(F.max_pool2d(x, 2))
        x = m.bn_concat(torch.cat([m.left(x), m.right(x)], 1))
        x = m.bn_twice(m.bn_add(m.two(x) + m.side(x)))
        return m.fc2(F.relu(m.bn_fc(m.fc1(x.mean((2, 3))))))

    norms = {name: nn.BatchNorm2d(width) for name, width in (("bn_input", 3), ("bn_pool", 16), ("bn_concat", 24), ("bn_add", 24), ("bn_twice", 24))}
    return Fn(
        forward, one=nn.Conv2d(3, 16, 3, padding=1), left=nn.Conv2d(16, 12, 3, padding=1), right=nn.Conv2d(16, 12, 1), two=nn.Conv2d(24, 24, 3, padding=1),
        side=nn.Conv2d(24, 24, 1), fc1=nn.Linear(24, 20), bn_fc=nn.BatchNorm1d(20), fc2=nn.Linear(20, 10), **norms,
    )


@network("weight standardisation: the weight of a convolution is computed", ts(13))
def weight_standardised():
    def layer(m, x):
        weight = m.conv.weight - m.conv.weight.mean((1, 2, 3), keepdim=True)
        weight = weight / (weight.pow(2).mean((1, 2, 3), keepdim=True).sqrt() + 1e-5) * 0.1
        return F.relu(m.norm(F.conv2d(x, weight, m.conv.bias, padding=1)))

    def make(inputs, outputs):
        return Fn(layer, conv=nn.Conv2d(inputs, outputs, 3), norm=nn.GroupNorm(4, outputs))

    return nn.Sequential(make(3, 16), nn.MaxPool2d(2), make(16, 16), head(16))


# ---------------------------------------------------------------- ways into the head


@network("flatten of an NHWC tensor before Gemm", ts(13), ts(17, dynamic=False, folded=True), dynamo(18), shape=(1, 3, 16, 16))
def flatten_nhwc():
    return Fn(lambda m, x: m.fc(m.body(x).permute(0, 2, 3, 1).flatten(1)), body=nn.Sequential(conv(3, 16, 3, 2), conv(16, 24, 3, 2)), fc=nn.Linear(24 * 16, 10))


@network("flatten of an NHWC input that the network itself transposes", ts(13), shape=(1, 16, 16, 3))
def input_nhwc():
    return Fn(lambda m, x: m.fc(m.body(x.permute(0, 3, 1, 2)).flatten(1)), body=nn.Sequential(conv(3, 16, 3, 2), conv(16, 24, 3, 2)), fc=nn.Linear(24 * 16, 10))


@network("flatten through Shape, Gather, Concat, Reshape with a dynamic batch", ts(11), ts(17), ts(13, dynamic=False), shape=(1, 3, 16, 16))
def flatten_by_shape():
    def forward(m, x):
        x = m.body(x)
        return m.fc(x.view(x.size(0), x.size(1) * x.size(2) * x.size(3)))

    return Fn(forward, body=nn.Sequential(conv(3, 16, 3, 2), conv(16, 24, 3, 2)), fc=nn.Linear(24 * 16, 10))


@network("global pooling by ReduceMean and by ReduceMax", ts(11), ts(18), dynamo(18))
def pool_by_reduce():
    return Fn(lambda m, x: m.fc(torch.cat([(y := m.body(x)).mean((2, 3)), y.amax((2, 3))], 1)), body=nn.Sequential(conv(3, 16, 3, 2), conv(16, 24)), fc=nn.Linear(48, 10))


@network("classifier by a 1x1 convolution, pooled after it", ts(13))
def fully_convolutional():
    return nn.Sequential(conv(3, 16, 3, 2), conv(16, 24, 3, 2), nn.Conv2d(24, 10, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LogSoftmax(1))


@network("linear layers by MatMul and Add on a sequence of positions", ts(13), dynamo(18))
def conv_then_matmul():
    return Fn(
        lambda m, x: m.fc2(F.gelu(m.fc1(m.body(x).flatten(2).transpose(1, 2)))).mean(1),
        body=nn.Sequential(conv(3, 16, 3, 2), conv(16, 24, 3, 2)), fc1=nn.Linear(24, 48), fc2=nn.Linear(48, 10),
    )


# ---------------------------------------------------------------- up, down, one and three dimensions


@network("super resolution by pixel shuffle", ts(11), ts(17), dynamo(18), shape=(1, 1, 16, 16))
def pixel_shuffle():
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), conv(16, 16), nn.Conv2d(16, 32, 3, padding=1), nn.PixelShuffle(2), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1))


@network("pixel unshuffle; focus by strided slices", ts(13), dynamo(18))
def pixel_unshuffle():
    def focus(m, x):
        return torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1)

    return nn.Sequential(Fn(focus), conv(12, 16), conv(16, 8), nn.PixelUnshuffle(2), conv(32, 24), head(24))


@network("ConvTranspose: plain, grouped, output padding, BN behind", ts(13), ts(17, folded=True), dynamo(18), shape=(1, 8, 5, 5))
def conv_transpose():
    return nn.Sequential(
        nn.ConvTranspose2d(8, 24, 3, 2, 1, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU(), nn.ConvTranspose2d(24, 16, 4, 2, 1, groups=4), nn.BatchNorm2d(16), nn.ReLU(),
        nn.ConvTranspose2d(16, 16, 2, 2, groups=16), nn.LeakyReLU(0.2), nn.Conv2d(16, 3, 3, padding=1), nn.Tanh(),
    )


@network("autoencoder with a latent vector", ts(13), shape=(1, 1, 16, 16), outputs=("output", "latent"))
def autoencoder():
    def forward(m, x):
        latent = m.encode(x)
        return m.up(F.relu(m.widen(latent)).view(-1, 16, 4, 4)), latent

    encode = nn.Sequential(conv(1, 12, 3, 2), conv(12, 16, 3, 2), nn.Flatten(), nn.Linear(256, 12))
    up = nn.Sequential(nn.ConvTranspose2d(16, 12, 2, 2), nn.ReLU(), nn.ConvTranspose2d(12, 1, 2, 2), nn.Sigmoid())
    return Fn(forward, encode=encode, widen=nn.Linear(12, 256), up=up)


@network("one dimension: residual, dilated and causal convolutions", ts(13), dynamo(18), shape=(1, 2, 64))
def conv1d():
    def block(m, x):
        return F.relu(x + m.norm(m.conv(F.pad(x, (2 * m.dilation, 0)))))

    def make(width, dilation):
        made = Fn(block, conv=nn.Conv1d(width, width, 3, dilation=dilation), norm=nn.BatchNorm1d(width))
        made.dilation = dilation
        return made

    return nn.Sequential(
        nn.Conv1d(2, 16, 7, 2, 3, bias=False), nn.BatchNorm1d(16), nn.ReLU(), make(16, 1), make(16, 2), make(16, 4), nn.MaxPool1d(2), nn.Conv1d(16, 24, 3),
        nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(24, 5),
    )


@network("three dimensions, factored convolutions", ts(13), dynamo(18, folded=True), shape=(1, 2, 8, 12, 12))
def conv3d():
    return nn.Sequential(
        nn.Conv3d(2, 12, 3, (1, 2, 2), 1, bias=False), nn.BatchNorm3d(12), nn.ReLU(), nn.Conv3d(12, 16, (1, 3, 3), padding=(0, 1, 1), bias=False), nn.BatchNorm3d(16), nn.ReLU(),
        nn.Conv3d(16, 16, (3, 1, 1), padding=(1, 0, 0)), nn.ReLU(), nn.MaxPool3d(2), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(16, 5),
    )


@network("strides, dilations and asymmetric kernels and pads", ts(13), dynamo(18))
def odd_convolutions():
    return nn.Sequential(
        nn.ZeroPad2d((1, 2, 0, 3)), nn.Conv2d(3, 16, (5, 3), (2, 1), (0, 2), (1, 2)), nn.ReLU(), nn.Conv2d(16, 24, (1, 5), padding=(0, 2)), nn.ReLU(),
        nn.Conv2d(24, 24, (3, 3), (1, 2), 1, groups=3), nn.ReLU(), nn.Conv2d(24, 16, 2, 2), nn.ReLU(), head(16),
    )


# ---------------------------------------------------------------- several inputs and outputs, shared weights


@network("two inputs, joined by concat and by addition", ts(13), dynamo(18), shapes={"left": (1, 3, 16, 16), "right": (1, 1, 16, 16)})
def two_inputs():
    def forward(m, left, right):
        a, b = m.left(left), m.right(right)
        return m.head(m.join(torch.cat([a, b], 1)) + a)

    return Fn(forward, left=conv(3, 16), right=conv(1, 12), join=conv(28, 16), head=head(16))


@network("two inputs through shared weights (siamese)", ts(13), dynamo(18), shapes={"first": (1, 3, 16, 16), "second": (1, 3, 16, 16)})
def siamese():
    def forward(m, first, second):
        return F.cosine_similarity(m.body(first), m.body(second))

    return Fn(forward, body=nn.Sequential(conv(3, 16, 3, 2), conv(16, 24), head(24, 12)))


@network("two outputs, one from the middle", ts(13), dynamo(18), outputs=("classes", "mask"))
def two_outputs():
    def forward(m, x):
        x = m.body(x)
        return m.head(m.tail(x)), m.mask(x)

    return Fn(forward, body=nn.Sequential(conv(3, 16, 3, 2), conv(16, 24)), tail=conv(24, 32, 3, 2), head=head(32), mask=nn.Conv2d(24, 2, 1))


@network("one convolution applied three times", ts(13), ts(17, folded=True), dynamo(18))
def shared_weights():
    def forward(m, x):
        x = m.stem(x)
        for _ in range(3):
            x = x + F.relu(m.shared(x))
        return m.head(m.last(x))

    return Fn(forward, stem=conv(3, 16, 3, 2), shared=nn.Conv2d(16, 16, 3, padding=1), last=conv(16, 24), head=head(24))


# ---------------------------------------------------------------- storage


@network("residual, float16", ts(13, half=True, folded=True), shape=(1, 3, 32, 32))
def resnet_half():
    return nn.Sequential(conv(3, 16, 3, 2), BasicBlock(16, 16), BasicBlock(16, 24, 2), head(24))


@network("residual, external data", ts(17, external=True))
def resnet_external():
    return nn.Sequential(conv(3, 16, 3, 2), BasicBlock(16, 16), BasicBlock(16, 24, 2), head(24))
