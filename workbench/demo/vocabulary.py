"""The words of the demonstration chain: names, stores, goods."""

from typing import NamedTuple

BRAND = "拾果集"

SURNAMES = list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈")
GIVEN = list("子涵晓梅思琪嘉怡建国婉婷俊杰雨欣浩然诗琪佳宁志强文静梓萱宇轩欣怡美玲秀英桂芳海燕立新春华雪峰明亮小满")


class StoreSeed(NamedTuple):
    """A store of the chain."""

    code: str
    name: str
    kind: str
    region: str
    city: str
    latitude: float
    longitude: float
    guides: int


STORES = [
    StoreSeed("HZ01", "滨河路店", "community", "杭州", "杭州", 30.2084, 120.2120, 5),
    StoreSeed("HZ02", "武林广场店", "mall", "杭州", "杭州", 30.2755, 120.1642, 4),
    StoreSeed("HZ03", "文三路店", "street", "杭州", "杭州", 30.2780, 120.1290, 3),
    StoreSeed("HZ04", "钱江新城店", "mall", "杭州", "杭州", 30.2442, 120.2100, 4),
    StoreSeed("HZ05", "西溪社区店", "community", "杭州", "杭州", 30.2899, 120.0701, 3),
    StoreSeed("SH01", "静安寺店", "mall", "上海", "上海", 31.2236, 121.4453, 4),
    StoreSeed("SH02", "徐家汇店", "street", "上海", "上海", 31.1953, 121.4372, 3),
    StoreSeed("SH03", "五角场店", "street", "上海", "上海", 31.2989, 121.5141, 3),
    StoreSeed("SH04", "张江社区店", "community", "上海", "上海", 31.2038, 121.5956, 3),
    StoreSeed("SH05", "虹桥枢纽店", "hub", "上海", "上海", 31.1943, 121.3206, 3),
    StoreSeed("SZ01", "观前街店", "street", "苏州", "苏州", 31.3112, 120.6268, 3),
    StoreSeed("SZ02", "苏州站店", "hub", "苏州", "苏州", 31.3306, 120.6105, 2),
]


class Goods(NamedTuple):
    """Something the chain sells; price in yuan."""

    sku: str
    name: str
    category: str
    price: float


GOODS = [
    Goods("F001", "阳光玫瑰 500g", "葡萄", 29.9),
    Goods("F002", "巨峰葡萄 500g", "葡萄", 15.9),
    Goods("F003", "夏黑葡萄 500g", "葡萄", 18.9),
    Goods("F011", "智利车厘子 250g", "浆果", 39.9),
    Goods("F012", "云南蓝莓 125g", "浆果", 16.9),
    Goods("F013", "红颜草莓 300g", "浆果", 28.8),
    Goods("F014", "树莓 125g", "浆果", 19.9),
    Goods("F021", "沃柑 1kg", "柑橘", 19.8),
    Goods("F022", "赣南脐橙 1kg", "柑橘", 16.8),
    Goods("F023", "爱媛果冻橙 1kg", "柑橘", 25.8),
    Goods("F024", "蜜柚 1个", "柑橘", 14.9),
    Goods("F031", "海南香蕉 500g", "热带水果", 6.9),
    Goods("F032", "贵妃芒 500g", "热带水果", 15.8),
    Goods("F033", "泰国榴莲肉 300g", "热带水果", 69.0),
    Goods("F034", "金菠萝 1个", "热带水果", 18.8),
    Goods("F035", "红心火龙果 500g", "热带水果", 13.9),
    Goods("F041", "洛川苹果 1kg", "苹果和梨", 17.8),
    Goods("F042", "库尔勒香梨 1kg", "苹果和梨", 16.9),
    Goods("F043", "秋月梨 1kg", "苹果和梨", 19.9),
    Goods("F051", "麒麟西瓜 半个", "瓜", 16.8),
    Goods("F052", "西州蜜瓜 1个", "瓜", 19.9),
    Goods("F061", "鲜切果盒 小", "鲜切", 16.8),
    Goods("F062", "鲜切果盒 大", "鲜切", 29.8),
    Goods("F071", "原味酸奶 200g", "酸奶和果汁", 8.8),
    Goods("F072", "鲜榨橙汁 300ml", "酸奶和果汁", 15.8),
    Goods("F073", "牛油果奶昔", "酸奶和果汁", 18.8),
    Goods("F081", "每日坚果 7袋", "干果", 36.8),
    Goods("F082", "新疆红枣 250g", "干果", 19.9),
    Goods("F091", "水果礼盒", "礼盒", 128.0),
    Goods("F092", "车厘子礼盒 2.5kg", "礼盒", 298.0),
]

TAG_GROUPS = {
    "口味": ["爱吃甜", "爱吃酸甜", "不吃榴莲", "常买车厘子", "只买应季"],
    "家庭": ["家有小孩", "家有老人", "独居", "送礼多"],
    "到店": ["工作日傍晚", "周末上午", "常用自提", "路过顺手"],
    "沟通": ["喜欢微信", "别打电话", "爱聊天"],
}
SINGLE_CHOICE_GROUPS = {"家庭"}
